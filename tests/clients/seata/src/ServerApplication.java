import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Set;
import org.apache.seata.config.Configuration;
import org.apache.seata.discovery.registry.RegistryFactory;
import org.apache.seata.discovery.registry.RegistryService;
import protocol.Inquiry;
import protocol.Runner;

/**
 * The first script of Seata in tests/clients/README.md: one config item for each setting, an address that is registered
 * as a server's, and a transaction group that is looked up as clients do.
 */
public final class ServerApplication {
    private static final String RETRIES = "client.rm.lockRetryTimes";
    private static final String COMMITS = "client.tm.commitRetryCount";
    private static final String GROUP = "shop";
    private static final InetSocketAddress OWN = new InetSocketAddress("10.1.0.1", 8091);
    private static final InetSocketAddress NEIGHBOUR = new InetSocketAddress("10.1.0.2", 8091);
    private static final long LOOK_MS = 20;

    private ServerApplication() {
    }

    public static void main(String[] args) {
        Runner.begin();
        try {
            Runner.step("begun");
            Configuration configuration = Shop.open();
            configure(configuration);
            serve(configuration, RegistryFactory.getInstance());
        } catch (Throwable failure) {
            failure.printStackTrace(Runner.OUT);
            System.exit(1);
        }
        System.exit(0);
    }

    private static void configure(Configuration configuration) throws Exception {
        int retries = configuration.getInt(RETRIES, -1);
        Shop.check(retries == 10, "lock retries at start: " + retries);
        int commits = configuration.getInt(COMMITS, -1);
        Shop.check(commits == -1, "commit retries at start: " + commits);
        Runner.step("settings-read");
        Shop.await(configuration, RETRIES, 11);
        Runner.step("change-seen");
        Shop.check(configuration.putConfig(COMMITS, "7"), "put");
        Shop.await(configuration, COMMITS, 7);
        Runner.step("put");
    }

    private static void serve(Configuration configuration, RegistryService<?> registry) throws Exception {
        registry.register(OWN);
        Runner.step("registered");
        Set<InetSocketAddress> found = lookUp(registry);
        Shop.check(found.equals(Set.of(OWN)), "looked up " + found);
        Inquiry inquiry = Inquiry.begin(() -> lookUp(registry).contains(OWN));
        Runner.step("looked-up");
        await(registry, Set.of(OWN, NEIGHBOUR));
        Runner.step("neighbour-seen");
        await(registry, Set.of(OWN));
        Runner.step("neighbour-gone");
        Shop.await(configuration, RETRIES, 12);
        await(registry, Set.of(OWN, NEIGHBOUR));
        Runner.step("recovered");
        Runner.step("nothing-lost " + inquiry.end());
        registry.unregister(OWN);
        Runner.step("unregistered");
    }

    private static Set<InetSocketAddress> lookUp(RegistryService<?> registry) throws Exception {
        return new HashSet<>(registry.lookup(GROUP));
    }

    private static void await(RegistryService<?> registry, Set<InetSocketAddress> wanted) throws Exception {
        while (!lookUp(registry).equals(wanted)) {
            Thread.sleep(LOOK_MS);
        }
    }
}
