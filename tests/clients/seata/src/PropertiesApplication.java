import org.apache.seata.config.Configuration;
import protocol.Runner;

/**
 * The second script of Seata in tests/clients/README.md: all settings are in one config item. They are others than in
 * the first, whose items would count: Seata listens to an item of each setting's name all the same.
 */
public final class PropertiesApplication {
    private static final String RETRIES = "client.rm.reportRetryCount";
    private static final String ROLLBACKS = "client.tm.rollbackRetryCount";

    private PropertiesApplication() {
    }

    public static void main(String[] args) {
        Runner.begin();
        try {
            Runner.step("begun");
            runThrough(Shop.open());
        } catch (Throwable failure) {
            failure.printStackTrace(Runner.OUT);
            System.exit(1);
        }
        System.exit(0);
    }

    private static void runThrough(Configuration configuration) throws Exception {
        int retries = configuration.getInt(RETRIES, -1);
        Shop.check(retries == 20, "report retries at start: " + retries);
        Runner.step("settings-read");
        Shop.await(configuration, RETRIES, 21);
        Runner.step("change-seen");
        Shop.check(configuration.putConfig(ROLLBACKS, "8"), "put");
        Runner.step("put");
        Shop.await(configuration, RETRIES, 30);
        Runner.step("item-counts");
        Shop.await(configuration, RETRIES, 22);
        Runner.step("recovered");
    }
}
