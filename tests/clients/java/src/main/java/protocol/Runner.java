package protocol;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.SynchronousQueue;

/** The protocol of tests/clients/README.md with the runner. */
public final class Runner {
    /** Standard output in UTF-8. */
    public static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private static final SynchronousQueue<String> WORDS = new SynchronousQueue<>();

    private Runner() {
    }

    /** Must be called before the first step. */
    public static void begin() {
        Thread listener = new Thread(Runner::listen);
        listener.setDaemon(true);
        listener.start();
    }

    /** Claims a step and waits for the runner to have checked it and done its own part; gives its word. */
    public static String step(String name) throws InterruptedException {
        OUT.println("STEP " + name);
        return WORDS.take();
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
}
