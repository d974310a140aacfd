package shop;

/** A place for an interface with an odd name. */
public final class Places {
    private Places() {
    }

    /** Nested, so that its name has a dollar sign. */
    public interface Desk {
        String ask(String text);
    }
}
