import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.dubbo.config.ReferenceConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;
import org.apache.dubbo.rpc.RpcException;
import protocol.Runner;
import shop.Orders;
import shop.Places;

/**
 * A consumer that calls on and on, and tells on LOOK what came of it since it told last, of ten calls at least.
 * Arguments: application, register mode.
 */
public final class Consumer {
    private static final long PAUSE_BETWEEN_CALLS_MS = 20;
    private static final int CALLS_TO_TELL = 10;
    /** Dubbo's own 1 s, 2 and 3 s are too little while a dozen JVMs start. Without an address a call fails at once. */
    private static final int CALL_TIMEOUT_MS = 3_000;
    private static final int RETRIES = 9;
    private static final String CONNECT_TIMEOUT_MS = "30000";

    private final Orders orders;
    private volatile boolean ended;
    /** This and all below belong to the lock. */
    private final Set<String> answeredBy = new TreeSet<>();
    private int calls;
    private int failed;
    /** 0 until the first one; as {@link System#nanoTime} has it, like the wait. */
    private long lastAnswer;
    private long longestWait;

    private Consumer(Orders orders) {
        this.orders = orders;
    }

    public static void main(String[] args) {
        Runner.begin();
        try {
            String migration = args[1].equals("instance") ? "FORCE_APPLICATION" : "FORCE_INTERFACE";
            System.setProperty("dubbo.application.service-discovery.migration", migration);
            ReferenceConfig<Orders> orders = reference(Orders.class);
            ReferenceConfig<Places.Desk> desk = reference(Places.Desk.class);
            // Subscribed to and never called: Dubbo's protocol does not find a service whose group has a slash.
            desk.setVersion(Shop.VERSION);
            desk.setGroup(Shop.GROUP);
            DubboBootstrap bootstrap = Shop.bootstrap(args[0], args[1]).reference(orders).reference(desk);
            Runner.step("ready");
            bootstrap.start();
            new Consumer(orders.get()).work();
            bootstrap.stop();
            Runner.step("stopped");
        } catch (Throwable failure) {
            failure.printStackTrace(Runner.OUT);
            System.exit(1);
        }
        System.exit(0);
    }

    private static <T> ReferenceConfig<T> reference(Class<T> type) {
        ReferenceConfig<T> reference = new ReferenceConfig<>();
        reference.setInterface(type);
        reference.setCheck(false);
        reference.setTimeout(CALL_TIMEOUT_MS);
        reference.setRetries(RETRIES);
        reference.setParameters(Map.of("connect.timeout", CONNECT_TIMEOUT_MS));
        reference.setLoadbalance("roundrobin");
        return reference;
    }

    private void work() throws InterruptedException {
        Thread caller = new Thread(this::callOnAndOn);
        caller.start();
        String word;
        do {
            word = Runner.step(told());
        } while (word.equals("LOOK"));
        ended = true;
        caller.join();
    }

    private void callOnAndOn() {
        try {
            for (int number = 0; !ended; number++) {
                call("order " + number);
                Thread.sleep(PAUSE_BETWEEN_CALLS_MS);
            }
        } catch (InterruptedException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** A right answer is a port, a blank, and the text. */
    private void call(String text) {
        String answer;
        try {
            answer = orders.openOrderOfShop(text);
        } catch (RpcException failure) {
            answer = failure.toString();
        }
        String[] words = answer.split(" ", 2);
        boolean right = words.length == 2 && words[1].equals(text);
        if (!right) {
            Runner.OUT.println("failed: " + answer);
        }
        count(right ? words[0] : null);
    }

    private synchronized void count(String answerer) {
        calls++;
        notifyAll();
        if (answerer == null) {
            failed++;
            return;
        }
        answeredBy.add(answerer);
        long now = System.nanoTime();
        if (lastAnswer != 0) {
            longestWait = Math.max(longestWait, now - lastAnswer);
        }
        lastAnswer = now;
    }

    /** Calls, those that failed, the longest time without a right answer in milliseconds, and who answered. */
    private synchronized String told() throws InterruptedException {
        while (calls < CALLS_TO_TELL) {
            wait();
        }
        long waitMs = longestWait / 1_000_000;
        String told = "told " + calls + " " + failed + " " + waitMs + " " + String.join(",", answeredBy);
        calls = 0;
        failed = 0;
        longestWait = 0;
        answeredBy.clear();
        return told;
    }
}
