import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;

/** What providers and consumers have in common: an application, and Nacos for everything. */
final class Shop {
    /** Version and group of the odd one of the two services. */
    static final String VERSION = "1.0.0";
    static final String GROUP = "grp/a";

    private Shop() {
    }

    /** A bootstrap for an application with this register mode, {@code interface} or {@code instance}. */
    static DubboBootstrap bootstrap(String name, String mode) {
        ApplicationConfig application = new ApplicationConfig(name);
        application.setQosEnable(false);
        application.setRegisterMode(mode);
        application.setMetadataType("remote");
        application.setLogger("slf4j");
        RegistryConfig registry = new RegistryConfig("nacos://" + System.getenv("NAVAID_SERVER"));
        return DubboBootstrap.getInstance().application(application).registry(registry);
    }
}
