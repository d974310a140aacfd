import com.alibaba.nacos.api.NacosFactory;
import com.alibaba.nacos.api.PropertyKeyConst;
import com.alibaba.nacos.api.config.ConfigService;
import com.alibaba.nacos.api.config.listener.Listener;
import com.alibaba.nacos.api.naming.NamingService;
import com.alibaba.nacos.api.naming.listener.NamingEvent;
import com.alibaba.nacos.api.naming.pojo.Instance;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import protocol.Runner;

/** The client script of tests/clients/README.md with the official Java SDK, for every generation of it. */
public final class SdkClient {
    private static final String GROUP = "clients";
    private static final String SERVICE = "orders";
    private static final String DATA_ID = "greeting";
    private static final String SELF = "10.1.0.1:7001";
    private static final String NEIGHBOUR = "10.1.0.2:7002";
    private static final long GET_TIMEOUT_MS = 5_000;

    private final NamingService naming;
    private final ConfigService config;
    private final Observed<Set<String>> view = new Observed<>("view");
    private final Observed<String> text = new Observed<>("config");

    private SdkClient(Properties properties) throws Exception {
        naming = NacosFactory.createNamingService(properties);
        config = NacosFactory.createConfigService(properties);
    }

    public static void main(String[] args) throws Exception {
        Runner.begin();
        Properties properties = new Properties();
        properties.setProperty(PropertyKeyConst.SERVER_ADDR, System.getenv("NAVAID_SERVER"));
        try {
            SdkClient client = new SdkClient(properties);
            client.runThrough();
            client.surviveRestart();
        } catch (Throwable failure) {
            failure.printStackTrace(Runner.OUT);
            System.exit(1);
        }
        // The SDK's threads are not all daemons, and a client that merely exits is a case of its own.
        System.exit(0);
    }

    private void runThrough() throws Exception {
        naming.registerInstance(SERVICE, GROUP, self());
        Runner.step("registered");
        discover();
        Runner.step("discovered");
        naming.subscribe(SERVICE, GROUP, event -> view.set(addresses(((NamingEvent) event).getInstances())));
        Runner.step("subscribed");
        view.await(Set.of(SELF, NEIGHBOUR)::equals);
        Runner.step("neighbour-seen");
        view.await(Set.of(SELF)::equals);
        Runner.step("neighbour-gone");

        check(config.publishConfig(DATA_ID, GROUP, "first é 一"), "publish");
        Runner.step("published");
        check("first é 一".equals(config.getConfig(DATA_ID, GROUP, GET_TIMEOUT_MS)), "get");
        Runner.step("read");
        config.addListener(DATA_ID, GROUP, listener());
        Runner.step("listening");
        text.await("second é 一"::equals);
        Runner.step("change-seen");
        check(config.removeConfig(DATA_ID, GROUP), "remove");
        text.await(Objects::isNull);
        check(config.getConfig(DATA_ID, GROUP, GET_TIMEOUT_MS) == null, "get of a removed item");
        Runner.step("removed");
        naming.deregisterInstance(SERVICE, GROUP, self());
        Runner.step("deregistered");
    }

    private void surviveRestart() throws Exception {
        naming.registerInstance(SERVICE, GROUP, self());
        view.await(Set.of(SELF)::equals);
        check(config.publishConfig(DATA_ID, GROUP, "third é 一"), "publish");
        text.await("third é 一"::equals);
        Runner.step("ready-for-restart");

        text.await("fourth é 一"::equals);
        view.await(Set.of(SELF, NEIGHBOUR)::equals);
        Runner.step("recovered");
        check(config.publishConfig(DATA_ID, GROUP, "fifth é 一"), "publish");
        text.await("fifth é 一"::equals);
        Runner.step("republished");
        check(config.removeConfig(DATA_ID, GROUP), "remove");
        Runner.step("removed");
        naming.deregisterInstance(SERVICE, GROUP, self());
        Runner.step("deregistered");
    }

    private void discover() throws Exception {
        List<Instance> found = naming.getAllInstances(SERVICE, GROUP, false);
        check(found.size() == 1, "one instance in " + found);
        Instance instance = found.get(0);
        check(SELF.equals(instance.getIp() + ":" + instance.getPort()), "own address in " + instance);
        check(instance.getWeight() == 2.0 && instance.isHealthy(), "weight and health of " + instance);
        check("west".equals(instance.getMetadata().get("zone")), "metadata of " + instance);
    }

    private static Instance self() {
        Instance instance = new Instance();
        instance.setIp("10.1.0.1");
        instance.setPort(7001);
        instance.setWeight(2.0);
        instance.setMetadata(Map.of("zone", "west"));
        return instance;
    }

    private Listener listener() {
        return new Listener() {
            @Override
            public Executor getExecutor() {
                return null;
            }

            @Override
            public void receiveConfigInfo(String content) {
                text.set(content);
            }
        };
    }

    private static Set<String> addresses(List<Instance> instances) {
        Set<String> addresses = new TreeSet<>();
        instances.forEach(instance -> addresses.add(instance.getIp() + ":" + instance.getPort()));
        return addresses;
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException("not as expected: " + what);
        }
    }
}
