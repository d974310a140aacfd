import java.lang.reflect.Proxy;
import java.util.Map;
import org.apache.dubbo.config.ProtocolConfig;
import org.apache.dubbo.config.ServiceConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;
import protocol.Runner;
import shop.Orders;
import shop.Places;

/** A provider. Arguments: application, register mode, port. */
public final class Provider {
    /** Dubbo registers no loopback address that it knows for one; 127.0.0.1 as a number it does not. */
    private static final String LOOPBACK = "2130706433";

    private Provider() {
    }

    public static void main(String[] args) {
        Runner.begin();
        try {
            ProtocolConfig protocol = new ProtocolConfig("dubbo", Integer.parseInt(args[2]));
            protocol.setHost(LOOPBACK);
            DubboBootstrap bootstrap = Shop.bootstrap(args[0], args[1]).protocol(protocol)
                .service(orders(args[2])).service(desk(args[2]));
            Runner.step("ready");
            bootstrap.start();
            Runner.step("registered");
            bootstrap.stop();
            Runner.step("stopped");
        } catch (Throwable failure) {
            failure.printStackTrace(Runner.OUT);
            System.exit(1);
        }
        System.exit(0);
    }

    private static ServiceConfig<Orders> orders(String port) {
        ServiceConfig<Orders> service = new ServiceConfig<>();
        service.setInterface(Orders.class);
        service.setRef(echo(Orders.class, port));
        service.setWeight(250);
        service.setWarmup(1);
        service.setParameters(Map.of("zone", "华东"));
        return service;
    }

    private static ServiceConfig<Places.Desk> desk(String port) {
        ServiceConfig<Places.Desk> service = new ServiceConfig<>();
        service.setInterface(Places.Desk.class);
        service.setRef(echo(Places.Desk.class, port));
        service.setVersion(Shop.VERSION);
        service.setGroup(Shop.GROUP);
        return service;
    }

    /** Answers every call with the provider's port and the text. */
    private static <T> T echo(Class<T> type, String port) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type},
            (self, method, arguments) -> port + " " + arguments[0]));
    }
}
