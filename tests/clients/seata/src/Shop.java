import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.seata.config.Configuration;
import org.apache.seata.config.ConfigurationFactory;

/** What the two applications have in common: Nacos for configuration and registry, and how they look at a setting. */
final class Shop {
    private static final long LOOK_MS = 20;

    private Shop() {
    }

    /** Writes the file that Seata is set up with, and tells Seata of it; gives its configuration. */
    static Configuration open() throws IOException {
        String nacos = "nacos { serverAddr = ${NAVAID_SERVER}, group = SEATA_GROUP, namespace = \"\"";
        Files.writeString(Path.of("registry.conf"), String.join("\n",
            "registry { type = nacos, " + nacos + ", application = seata-server, cluster = default } }",
            "config { type = nacos, " + nacos + ", dataId = seata.properties } }"));
        System.setProperty("seata.config.name", "file:registry.conf");
        return ConfigurationFactory.getInstance();
    }

    static void await(Configuration configuration, String setting, int wanted) throws InterruptedException {
        while (configuration.getInt(setting, -1) != wanted) {
            Thread.sleep(LOOK_MS);
        }
    }

    static void check(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException("not as expected: " + what);
        }
    }
}
