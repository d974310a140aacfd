package protocol;

import java.util.concurrent.Callable;

/** Asks one question again and again, from a thread of its own, until it is ended; every answer must be right. */
public final class Inquiry {
    private static final long PAUSE_MS = 50;
    private final Callable<Boolean> question;
    private final Thread thread = new Thread(this::ask);
    private volatile boolean ended;
    private int answers;
    private int wrong;
    private long longestMs;

    private Inquiry(Callable<Boolean> question) {
        this.question = question;
    }

    /** Begins with a question that is answered right now, and of which true is the right answer. */
    public static Inquiry begin(Callable<Boolean> question) {
        Inquiry inquiry = new Inquiry(question);
        inquiry.thread.setDaemon(true);
        inquiry.thread.start();
        return inquiry;
    }

    /** Gives the figures. Throws if one answer was wrong, or none was given. */
    public String end() throws InterruptedException {
        ended = true;
        thread.join();
        String figures = answers + " answers; longest time without a right answer: " + longestMs + " ms";
        if (wrong > 0 || answers == 0) {
            throw new IllegalStateException(wrong + " wrong of " + figures);
        }
        return figures;
    }

    private void ask() {
        long lastRight = System.nanoTime();
        while (!ended) {
            boolean right = isRight();
            long now = System.nanoTime();
            answers++;
            longestMs = Math.max(longestMs, (now - lastRight) / 1_000_000);
            if (right) {
                lastRight = now;
            } else {
                wrong++;
            }
            pause();
        }
    }

    private boolean isRight() {
        try {
            return question.call();
        } catch (Exception failure) {
            Runner.OUT.println("no answer: " + failure);
            return false;
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
