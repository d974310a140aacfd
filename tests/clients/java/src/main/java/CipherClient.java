import com.alibaba.nacos.api.NacosFactory;
import com.alibaba.nacos.api.PropertyKeyConst;
import com.alibaba.nacos.api.config.ConfigService;
import com.alibaba.nacos.api.config.listener.AbstractListener;
import com.alibaba.nacos.plugin.encryption.EncryptionPluginManager;
import java.util.Objects;
import java.util.Properties;
import protocol.Runner;

/**
 * The script about encryption of tests/clients/README.md with the official Java SDK from 2.1 on, which encrypts and
 * decrypts with whatever plugin for {@code aes} it finds on its class path, else with ours.
 */
public final class CipherClient {
    private static final String GROUP = "clients";
    private static final String DATA_ID = "cipher-aes-door";
    private static final long GET_TIMEOUT_MS = 5_000;

    private CipherClient() {
    }

    public static void main(String[] args) {
        Runner.begin();
        try {
            if (EncryptionPluginManager.instance().findEncryptionService("aes").isEmpty()) {
                EncryptionPluginManager.join(new CipherAes());
            }
            Runner.OUT.println("encrypts with " + EncryptionPluginManager.instance().findEncryptionService("aes"));
            Properties properties = new Properties();
            properties.setProperty(PropertyKeyConst.SERVER_ADDR, System.getenv("NAVAID_SERVER"));
            runThrough(NacosFactory.createConfigService(properties));
        } catch (Throwable failure) {
            failure.printStackTrace(Runner.OUT);
            System.exit(1);
        }
        System.exit(0);
    }

    private static void runThrough(ConfigService config) throws Exception {
        check(config.publishConfig(DATA_ID, GROUP, "first é 一"), "publish");
        Runner.step("published");
        check("first é 一".equals(config.getConfig(DATA_ID, GROUP, GET_TIMEOUT_MS)), "get");
        Runner.step("read");

        Observed<String> text = new Observed<>("config");
        config.addListener(DATA_ID, GROUP, new AbstractListener() {
            @Override
            public void receiveConfigInfo(String content) {
                text.set(content);
            }
        });
        Runner.step("listening");
        check("first é 一".equals(config.getConfig(DATA_ID, GROUP, GET_TIMEOUT_MS)), "get after edits");
        Runner.step("read-after-edits");
        check(config.publishConfig(DATA_ID, GROUP, "second é 一"), "publish again");
        text.await("second é 一"::equals);
        Runner.step("change-seen");
        text.await("first é 一"::equals);
        Runner.step("rollback-seen");
        check(config.removeConfig(DATA_ID, GROUP), "remove");
        text.await(Objects::isNull);
        Runner.step("removed");
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException("not as expected: " + what);
        }
    }
}
