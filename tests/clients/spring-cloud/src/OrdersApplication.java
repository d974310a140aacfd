import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.cloud.context.scope.refresh.RefreshScopeRefreshedEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import protocol.Inquiry;
import protocol.Runner;

/** The script of Spring Cloud in tests/clients/README.md: an application that uses configuration and discovery. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@EnableConfigurationProperties(Greetings.class)
public class OrdersApplication {
    private static final String NAME = "orders";
    /** A service that is asked for before anybody offers it. */
    private static final String LATER = "payments";
    private static final String OWN = "orders.internal.example:7001";
    private static final String NEIGHBOUR = "10.1.0.2:7002";
    private static final long LOOK_MS = 50;

    private final Greetings greetings;
    private final Observed<String> refreshed = new Observed<>("configuration");
    private int refreshes;
    private Set<String> changed = Set.of();

    OrdersApplication(Greetings greetings) {
        this.greetings = greetings;
    }

    public static void main(String[] args) {
        Runner.begin();
        try {
            Runner.step("begun");
            ConfigurableApplicationContext context = SpringApplication.run(OrdersApplication.class, settings());
            context.getBean(OrdersApplication.class).runThrough(context.getBean(DiscoveryClient.class));
            context.close();
            Runner.step("deregistered");
        } catch (Throwable failure) {
            failure.printStackTrace(Runner.OUT);
            System.exit(1);
        }
        System.exit(0);
    }

    private static String[] settings() {
        String discovery = "--spring.cloud.nacos.discovery.";
        return new String[] {
            "--spring.application.name=" + NAME,
            "--spring.main.banner-mode=off",
            "--server.address=127.0.0.1",
            "--server.port=0",
            "--spring.cloud.nacos.server-addr=" + System.getenv("NAVAID_SERVER"),
            "--spring.config.import=nacos:app.yaml?group=clients&refreshEnabled=true,"
                + "nacos:fixed.yaml?group=clients&refreshEnabled=false",
            discovery + "group=clients",
            discovery + "ip=orders.internal.example",
            discovery + "port=7001",
            discovery + "weight=0.5",
            discovery + "metadata.zone=west",
            discovery + "metadata.note=",
            discovery + "graceful-shutdown-wait-time=0",
        };
    }

    /** Spring runs it before the application is ready, which is when the starter begins to listen. */
    @Bean
    ApplicationRunner beforeReady() {
        return arguments -> {
            check("first, first".equals(greetings.toString()), "values at start: " + greetings);
            Runner.step("started");
        };
    }

    @EventListener
    void onChange(EnvironmentChangeEvent event) {
        changed = new TreeSet<>(event.getKeys());
    }

    /** Comes last in a refresh, when the new values are bound. */
    @EventListener
    void onRefreshed(RefreshScopeRefreshedEvent event) {
        refreshes++;
        refreshed.set(refreshes + ": " + greetings + ", changed " + changed);
    }

    private void runThrough(DiscoveryClient client) throws Exception {
        refreshed.await("1: second, first, changed [greetings.live]"::equals);
        Runner.step("change-seen");
        refreshed.await("2: third, second, changed [greetings.fixed, greetings.live]"::equals);
        Runner.step("fixed-read-again");

        check(addresses(client, NAME).equals(Set.of(OWN)), "discovered " + addresses(client, NAME));
        check(addresses(client, LATER).isEmpty(), "discovered " + addresses(client, LATER));
        check(client.getServices().equals(List.of(NAME)), "services " + client.getServices());
        Runner.step("discovered");
        awaitAddresses(client, LATER, Set.of(NEIGHBOUR));
        awaitAddresses(client, NAME, Set.of(OWN, NEIGHBOUR));
        Inquiry inquiry = Inquiry.begin(() -> addresses(client, NAME).equals(Set.of(OWN, NEIGHBOUR)));
        Runner.step("neighbour-seen");
        refreshed.await("3: fourth, second, changed [greetings.live]"::equals);
        Runner.step("recovered");
        Runner.step("nothing-lost " + inquiry.end());

        awaitAddresses(client, NAME, Set.of(OWN));
        Runner.step("neighbour-gone");
        refreshed.await("4: fourth, second, changed []"::equals);
        Runner.step("values-kept");
    }

    private static void awaitAddresses(DiscoveryClient client, String service, Set<String> wanted)
        throws InterruptedException {
        while (!addresses(client, service).equals(wanted)) {
            Thread.sleep(LOOK_MS);
        }
    }

    private static Set<String> addresses(DiscoveryClient client, String service) {
        return client.getInstances(service).stream().map(found -> found.getHost() + ":" + found.getPort())
            .collect(Collectors.toSet());
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException("not as expected: " + what);
        }
    }
}
