import com.alibaba.nacos.api.NacosFactory;
import com.alibaba.nacos.api.PropertyKeyConst;
import com.alibaba.nacos.api.config.ConfigService;
import com.alibaba.nacos.api.config.listener.Listener;
import com.alibaba.nacos.api.naming.NamingService;
import com.alibaba.nacos.api.naming.listener.NamingEvent;
import com.alibaba.nacos.api.naming.pojo.Instance;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.function.Predicate;

/** The client script of tests/clients/README.md with the official Java SDK, for every generation of it. */
public final class SdkClient {
    private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private static final String GROUP = "clients";
    private static final String SERVICE = "orders";
    private static final String DATA_ID = "greeting";
    private static final String SELF = "10.1.0.1:7001";
    private static final String NEIGHBOUR = "10.1.0.2:7002";
    private static final long GET_TIMEOUT_MS = 5_000;
    private static final SynchronousQueue<String> WORDS = new SynchronousQueue<>();

    private final NamingService naming;
    private final ConfigService config;
    private final Observed<Set<String>> view = new Observed<>("view");
    private final Observed<String> text = new Observed<>("config");

    private SdkClient(Properties properties) throws Exception {
        naming = NacosFactory.createNamingService(properties);
        config = NacosFactory.createConfigService(properties);
    }

    public static void main(String[] args) throws Exception {
        Thread listener = new Thread(SdkClient::listen);
        listener.setDaemon(true);
        listener.start();
        Properties properties = new Properties();
        properties.setProperty(PropertyKeyConst.SERVER_ADDR, System.getenv("NAVAID_SERVER"));
        try {
            SdkClient client = new SdkClient(properties);
            client.runThrough();
            client.surviveRestart();
        } catch (Throwable failure) {
            failure.printStackTrace(OUT);
            System.exit(1);
        }
        // The SDK's threads are not all daemons, and a client that merely exits is a case of its own.
        System.exit(0);
    }

    private void runThrough() throws Exception {
        naming.registerInstance(SERVICE, GROUP, self());
        step("registered");
        discover();
        step("discovered");
        naming.subscribe(SERVICE, GROUP, event -> view.set(addresses(((NamingEvent) event).getInstances())));
        step("subscribed");
        view.await(Set.of(SELF, NEIGHBOUR)::equals);
        step("neighbour-seen");
        view.await(Set.of(SELF)::equals);
        step("neighbour-gone");

        check(config.publishConfig(DATA_ID, GROUP, "first é 一"), "publish");
        step("published");
        check("first é 一".equals(config.getConfig(DATA_ID, GROUP, GET_TIMEOUT_MS)), "get");
        step("read");
        config.addListener(DATA_ID, GROUP, listener());
        step("listening");
        text.await("second é 一"::equals);
        step("change-seen");
        check(config.removeConfig(DATA_ID, GROUP), "remove");
        text.await(Objects::isNull);
        check(config.getConfig(DATA_ID, GROUP, GET_TIMEOUT_MS) == null, "get of a removed item");
        step("removed");
        naming.deregisterInstance(SERVICE, GROUP, self());
        step("deregistered");
    }

    private void surviveRestart() throws Exception {
        naming.registerInstance(SERVICE, GROUP, self());
        view.await(Set.of(SELF)::equals);
        check(config.publishConfig(DATA_ID, GROUP, "third é 一"), "publish");
        text.await("third é 一"::equals);
        step("ready-for-restart");

        text.await("fourth é 一"::equals);
        view.await(Set.of(SELF, NEIGHBOUR)::equals);
        step("recovered");
        check(config.publishConfig(DATA_ID, GROUP, "fifth é 一"), "publish");
        text.await("fifth é 一"::equals);
        step("republished");
        check(config.removeConfig(DATA_ID, GROUP), "remove");
        step("removed");
        naming.deregisterInstance(SERVICE, GROUP, self());
        step("deregistered");
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

    /** Claims a step and waits for the runner to have checked it and done its own part. */
    private static void step(String name) throws InterruptedException {
        OUT.println("STEP " + name);
        WORDS.take();
    }

    /** Hands on the runner's words; the end of the input is the end of the runner, and so of this program. */
    private static void listen() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String word = lines.readLine(); word != null; word = lines.readLine()) {
                WORDS.put(word);
            }
        } catch (IOException | InterruptedException failure) {
            failure.printStackTrace(OUT);
        }
        System.exit(1);
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException("not as expected: " + what);
        }
    }

    /** The newest value that a callback brought; waiting has no limit here, the runner keeps the time. */
    private static final class Observed<T> {
        private final String name;
        private T value;

        Observed(String name) {
            this.name = name;
        }

        synchronized void set(T newest) {
            OUT.println(name + " is now " + newest);
            value = newest;
            notifyAll();
        }

        synchronized void await(Predicate<T> wanted) throws InterruptedException {
            while (!wanted.test(value)) {
                wait();
            }
        }
    }
}
