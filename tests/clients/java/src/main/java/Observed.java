import java.util.function.Predicate;
import protocol.Runner;

/** The newest value that a callback brought; waiting has no limit here, the runner keeps the time. */
final class Observed<T> {
    private final String name;
    private T value;

    Observed(String name) {
        this.name = name;
    }

    synchronized void set(T newest) {
        Runner.OUT.println(name + " is now " + newest);
        value = newest;
        notifyAll();
    }

    synchronized void await(Predicate<T> wanted) throws InterruptedException {
        while (!wanted.test(value)) {
            wait();
        }
    }
}
