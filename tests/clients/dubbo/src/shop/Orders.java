package shop;

/** An interface of eighty methods: Dubbo lists them all in the metadata of each instance. */
public interface Orders {
    String openOrderOfShop(String text);

    String openOrderOfBranch(String text);

    String openOrderOfPartner(String text);

    String openLineOfOrder(String text);

    String openLineOfReturn(String text);

    String openStockOfShop(String text);

    String openStockOfBranch(String text);

    String openStockOfPartner(String text);

    String openParcelOfOrder(String text);

    String openParcelOfReturn(String text);

    String closeOrderOfShop(String text);

    String closeOrderOfBranch(String text);

    String closeOrderOfPartner(String text);

    String closeLineOfOrder(String text);

    String closeLineOfReturn(String text);

    String closeStockOfShop(String text);

    String closeStockOfBranch(String text);

    String closeStockOfPartner(String text);

    String closeParcelOfOrder(String text);

    String closeParcelOfReturn(String text);

    String readOrderOfShop(String text);

    String readOrderOfBranch(String text);

    String readOrderOfPartner(String text);

    String readLineOfOrder(String text);

    String readLineOfReturn(String text);

    String readStockOfShop(String text);

    String readStockOfBranch(String text);

    String readStockOfPartner(String text);

    String readParcelOfOrder(String text);

    String readParcelOfReturn(String text);

    String writeOrderOfShop(String text);

    String writeOrderOfBranch(String text);

    String writeOrderOfPartner(String text);

    String writeLineOfOrder(String text);

    String writeLineOfReturn(String text);

    String writeStockOfShop(String text);

    String writeStockOfBranch(String text);

    String writeStockOfPartner(String text);

    String writeParcelOfOrder(String text);

    String writeParcelOfReturn(String text);

    String priceOrderOfShop(String text);

    String priceOrderOfBranch(String text);

    String priceOrderOfPartner(String text);

    String priceLineOfOrder(String text);

    String priceLineOfReturn(String text);

    String priceStockOfShop(String text);

    String priceStockOfBranch(String text);

    String priceStockOfPartner(String text);

    String priceParcelOfOrder(String text);

    String priceParcelOfReturn(String text);

    String checkOrderOfShop(String text);

    String checkOrderOfBranch(String text);

    String checkOrderOfPartner(String text);

    String checkLineOfOrder(String text);

    String checkLineOfReturn(String text);

    String checkStockOfShop(String text);

    String checkStockOfBranch(String text);

    String checkStockOfPartner(String text);

    String checkParcelOfOrder(String text);

    String checkParcelOfReturn(String text);

    String countOrderOfShop(String text);

    String countOrderOfBranch(String text);

    String countOrderOfPartner(String text);

    String countLineOfOrder(String text);

    String countLineOfReturn(String text);

    String countStockOfShop(String text);

    String countStockOfBranch(String text);

    String countStockOfPartner(String text);

    String countParcelOfOrder(String text);

    String countParcelOfReturn(String text);

    String cancelOrderOfShop(String text);

    String cancelOrderOfBranch(String text);

    String cancelOrderOfPartner(String text);

    String cancelLineOfOrder(String text);

    String cancelLineOfReturn(String text);

    String cancelStockOfShop(String text);

    String cancelStockOfBranch(String text);

    String cancelStockOfPartner(String text);

    String cancelParcelOfOrder(String text);

    String cancelParcelOfReturn(String text);
}
