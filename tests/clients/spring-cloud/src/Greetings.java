import org.springframework.boot.context.properties.ConfigurationProperties;

/** Values that the application is given by two config items: one that it listens to, and one that it does not. */
@ConfigurationProperties("greetings")
public class Greetings {
    private String live;
    private String fixed;

    public String getLive() {
        return live;
    }

    public void setLive(String live) {
        this.live = live;
    }

    public String getFixed() {
        return fixed;
    }

    public void setFixed(String fixed) {
        this.fixed = fixed;
    }

    @Override
    public String toString() {
        return live + ", " + fixed;
    }
}
