import com.alibaba.csp.sentinel.datasource.nacos.NacosDataSource;
import com.alibaba.csp.sentinel.slots.block.flow.FlowRule;
import com.alibaba.csp.sentinel.slots.block.flow.FlowRuleManager;
import com.alibaba.fastjson.JSON;
import java.util.List;
import protocol.Inquiry;
import protocol.Runner;

/** The script of Sentinel in tests/clients/README.md: an application whose flow rules are a config item. */
public final class RulesApplication {
    private static final String DATA_ID = "flow-rules";
    private static final String GROUP = "clients";
    private static final long LOOK_MS = 20;
    private static final Observed<String> GIVEN = new Observed<>("content");

    private RulesApplication() {
    }

    public static void main(String[] args) {
        Runner.begin();
        try {
            Runner.step("begun");
            runThrough();
        } catch (Throwable failure) {
            failure.printStackTrace(Runner.OUT);
            System.exit(1);
        }
        System.exit(0);
    }

    private static void runThrough() throws Exception {
        NacosDataSource<List<FlowRule>> source =
            new NacosDataSource<>(System.getenv("NAVAID_SERVER"), GROUP, DATA_ID, RulesApplication::parse);
        FlowRuleManager.register2Property(source.getProperty());
        if (!rules().equals("pay 10")) {
            throw new IllegalStateException("rules at start: " + rules());
        }
        Runner.step("rules-read");
        awaitRules("pay 20");
        Runner.step("change-seen");
        GIVEN.await("[{"::equals);
        awaitRules("pay 20");
        Runner.step("old-rules-kept");
        awaitRules("");
        Runner.step("rules-emptied");
        awaitRules("pay 30");
        Inquiry inquiry = Inquiry.begin(() -> rules().equals("pay 30") || rules().equals("pay 40"));
        Runner.step("ready-for-restart");
        awaitRules("pay 40");
        Runner.step("recovered " + inquiry.end());
        awaitRules("");
        Runner.step("rules-dropped");
    }

    /** As in the examples of Sentinel: no content is no list. */
    private static List<FlowRule> parse(String content) {
        GIVEN.set(content);
        return JSON.parseArray(content, FlowRule.class);
    }

    private static void awaitRules(String wanted) throws InterruptedException {
        while (!rules().equals(wanted)) {
            Thread.sleep(LOOK_MS);
        }
    }

    /** The rules that count now, as {@code resource limit}. */
    private static String rules() {
        StringBuilder text = new StringBuilder();
        for (FlowRule rule : FlowRuleManager.getRules()) {
            text.append(rule.getResource()).append(' ').append(Math.round(rule.getCount()));
        }
        return text.toString();
    }
}
