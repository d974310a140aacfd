import com.alibaba.nacos.api.NacosFactory;
import com.alibaba.nacos.api.PropertyKeyConst;
import com.alibaba.nacos.api.exception.NacosException;
import com.alibaba.nacos.api.naming.NamingService;
import com.alibaba.nacos.api.naming.pojo.Instance;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import protocol.Runner;

/** The storm of tests/clients/README.md with the official Java SDK: many clients in one process. */
public final class StormClient {
    private static final String GROUP = "clients";
    /** Clients that connect and subscribe at the same time. */
    private static final int AT_ONCE = 8;

    private final int services;
    /** Each client subscribes to one service of so many. */
    private final int share;
    private final List<NamingService> clients = new ArrayList<>();

    private StormClient(int services, int share) {
        this.services = services;
        this.share = share;
    }

    public static void main(String[] arguments) {
        Runner.begin();
        int[] numbers = java.util.Arrays.stream(arguments).mapToInt(Integer::parseInt).toArray();
        try {
            StormClient storm = new StormClient(numbers[1], numbers[2]);
            storm.subscribe(numbers[0]);
            Runner.step("subscribed");
            storm.change(numbers[3], numbers[4]);
            String word = Runner.step("changed");
            while (!word.equals("END")) {
                word = Runner.step("holds " + storm.held());
            }
        } catch (Throwable failure) {
            failure.printStackTrace(Runner.OUT);
            System.exit(1);
        }
        System.exit(0);
    }

    private void subscribe(int count) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(AT_ONCE);
        List<Future<NamingService>> subscribed = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            int own = number;
            subscribed.add(pool.submit(() -> subscriber(own)));
        }
        for (Future<NamingService> client : subscribed) {
            clients.add(client.get());
        }
        pool.shutdown();
    }

    private NamingService subscriber(int number) throws NacosException {
        NamingService client = client("subscriber-" + number);
        for (int service = number % share; service < services; service += share) {
            client.subscribe(name(service), GROUP, event -> { });
        }
        return client;
    }

    /** One at a time: the SDK looks its plugins up unguarded, and clients made at once may find none. */
    private static synchronized NamingService client(String name) throws NacosException {
        Properties properties = new Properties();
        properties.setProperty(PropertyKeyConst.SERVER_ADDR, System.getenv("NAVAID_SERVER"));
        // On a busy machine the storm keeps a request waiting for longer than the usual three seconds.
        properties.setProperty("namingRequestTimeout", "60000");
        // Clients of one process would else write to the same files.
        properties.setProperty("namingCacheRegistryDir", name);
        return NacosFactory.createNamingService(properties);
    }

    private void change(int changes, int program) throws NacosException {
        NamingService provider = client("provider");
        int changing = services / 2;
        for (int change = 0; change < changes; change++) {
            int service = change % changing;
            int round = change / changing;
            int phase = (round + service) % 4;
            Instance instance = new Instance();
            instance.setIp("10.2." + program + ".1");
            instance.setPort(7000 + service);
            instance.setWeight(1 + round);
            instance.setEnabled(phase != 1);
            instance.setMetadata(Map.of("round", String.valueOf(round)));
            if (phase == 3 && round > 0) {
                provider.deregisterInstance(name(service), GROUP, instance);
            } else {
                provider.registerInstance(name(service), GROUP, instance);
            }
        }
    }

    /** For each service and each view of it that is held: how many clients hold that view. */
    private String held() throws Exception {
        List<String> all = new ArrayList<>();
        for (int service = 0; service < services; service++) {
            Map<String, Integer> counts = new TreeMap<>();
            for (int number = service % share; number < clients.size(); number += share) {
                // Subscribed, the SDK answers from what it was pushed.
                String view = view(clients.get(number).getAllInstances(name(service), GROUP, new ArrayList<>(), true));
                counts.merge(view, 1, Integer::sum);
            }
            if (counts.size() > 1) {
                Runner.OUT.println(name(service) + " is held as " + counts);
            }
            for (Map.Entry<String, Integer> held : counts.entrySet()) {
                all.add(name(service) + ":" + held.getValue() + ":" + digest(held.getKey()));
            }
        }
        return String.join(" ", all);
    }

    private static String view(List<Instance> instances) {
        return instances.stream().map(StormClient::line).sorted().collect(Collectors.joining("\n"));
    }

    private static String line(Instance instance) {
        String metadata = new TreeMap<>(instance.getMetadata()).entrySet().stream()
            .map(pair -> pair.getKey() + "=" + pair.getValue()).collect(Collectors.joining(","));
        return String.format(Locale.ROOT, "%s:%d:%.1f:%b:%s", instance.getIp(), instance.getPort(),
            instance.getWeight(), instance.isHealthy(), metadata);
    }

    private static String digest(String view) throws Exception {
        byte[] md5 = MessageDigest.getInstance("MD5").digest(view.getBytes(StandardCharsets.UTF_8));
        return String.format("%032x", new BigInteger(1, md5));
    }

    private static String name(int service) {
        return String.format("storm-%02d", service);
    }
}
