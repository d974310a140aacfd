#!/usr/bin/env bash
# Seata 2.6.0 (seata-all, nacos-client 1.4.6): with all settings in `seata.properties`, each setting that is asked for is
# also listened to as a config item of its own name, as one that the client does not hold; if such an item is there, a
# leftover of an earlier set-up, the setting changes to its value soon after the first read.
#
# The documented set-up is one or the other. Here the first read of a setting gives what the properties say; the client
# then hears that the item, of which it claimed to hold nothing, is another, and its value counts from then on. A server
# sees as many listened items as there are settings asked for, nearly all of them absent.
#
# Needs: a JDK of 17 or newer, mvn and its registry.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat > pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>probe</groupId><artifactId>probe</artifactId><version>1</version>
  <properties>
    <maven.compiler.release>17</maven.compiler.release>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <dependencies>
    <dependency>
      <groupId>org.apache.seata</groupId><artifactId>seata-all</artifactId><version>2.6.0</version>
      <exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>
    </dependency>
    <dependency><groupId>com.typesafe</groupId><artifactId>config</artifactId><version>1.2.1</version></dependency>
    <dependency><groupId>io.netty</groupId><artifactId>netty-common</artifactId><version>4.1.101.Final</version></dependency>
    <dependency><groupId>com.alibaba.nacos</groupId><artifactId>nacos-client</artifactId><version>1.4.6</version></dependency>
  </dependencies>
</project>
XML
mkdir -p src/main/java
cat > src/main/java/Probe.java <<'JAVA'
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Executors;
import org.apache.seata.config.Configuration;
import org.apache.seata.config.ConfigurationFactory;

public final class Probe {
    private static final String SETTING = "client.rm.reportRetryCount";
    private static final String ABSENT = "client.tm.rollbackRetryCount";
    private static final Map<String, String> ITEMS =
        Map.of("seata.properties", SETTING + "=20\n" + ABSENT + "=5\n", SETTING, "30");
    /** What is listened to with an empty digest, by name. */
    private static final ConcurrentSkipListSet<String> CLAIMED_ABSENT = new ConcurrentSkipListSet<>();

    public static void main(String[] args) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/nacos/v1/cs/configs", Probe::read);
        server.createContext("/nacos/v1/cs/configs/listener", Probe::listen);
        server.start();
        String nacos = "nacos { serverAddr = \"127.0.0.1:" + server.getAddress().getPort() + "\", group = SEATA_GROUP";
        Files.writeString(Path.of("registry.conf"),
            "registry { type = file }\nconfig { type = nacos, " + nacos + ", dataId = seata.properties } }");
        System.setProperty("seata.config.name", "file:registry.conf");
        Configuration configuration = ConfigurationFactory.getInstance();
        int first = configuration.getInt(SETTING, -1);
        System.out.println("in properties and in an item, at first: " + first);
        long end = System.currentTimeMillis() + 20_000;
        while (configuration.getInt(SETTING, -1) == first && System.currentTimeMillis() < end) {
            Thread.sleep(50);
        }
        System.out.println("in properties and in an item, later:    " + configuration.getInt(SETTING, -1));
        System.out.println("in properties alone:                    " + configuration.getInt(ABSENT, -1));
        while (!CLAIMED_ABSENT.contains(ABSENT) && System.currentTimeMillis() < end) {
            Thread.sleep(50);
        }
        TreeSet<String> claimed = new TreeSet<>(CLAIMED_ABSENT);
        claimed.retainAll(java.util.List.of(SETTING, ABSENT));
        System.out.println("listened to as items that are not held: " + claimed);
        System.exit(0);
    }

    private static void read(HttpExchange exchange) throws IOException {
        String content = null;
        for (String pair : exchange.getRequestURI().getRawQuery().split("&")) {
            if (pair.startsWith("dataId=")) {
                content = ITEMS.get(URLDecoder.decode(pair.substring(7), StandardCharsets.UTF_8));
            }
        }
        answer(exchange, content == null ? 404 : 200, content == null ? "config data not exist" : content);
    }

    private static void listen(HttpExchange exchange) throws IOException {
        String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String keys = URLDecoder.decode(form.split("Listening-Configs=")[1].split("&")[0], StandardCharsets.UTF_8);
        StringBuilder changed = new StringBuilder();
        for (String key : keys.split("\u0001")) {
            String[] parts = key.split("\u0002", -1);
            if (parts[2].isEmpty()) {
                CLAIMED_ABSENT.add(parts[0]);
            }
            String content = ITEMS.get(parts[0]);
            if (content != null && !md5(content).equals(parts[2])) {
                changed.append(parts[0]).append('\u0002').append(parts[1]).append('\u0001');
            }
        }
        if (changed.length() == 0) {
            try {
                Thread.sleep(1_000);
            } catch (InterruptedException interrupted) {
                throw new IOException(interrupted);
            }
        }
        answer(exchange, 200, java.net.URLEncoder.encode(changed.toString(), StandardCharsets.UTF_8));
    }

    private static String md5(String content) {
        try {
            byte[] digest = java.security.MessageDigest.getInstance("MD5").digest(content.getBytes(StandardCharsets.UTF_8));
            return java.util.HexFormat.of().formatHex(digest);
        } catch (java.security.NoSuchAlgorithmException none) {
            throw new IllegalStateException(none);
        }
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
JAVA
mvn --quiet --batch-mode \
  org.apache.maven.plugins:maven-compiler-plugin:3.13.0:compile \
  org.apache.maven.plugins:maven-dependency-plugin:3.7.0:build-classpath \
  -Dmdep.outputFile=classpath >built || { cat built; exit 1; }
java -Duser.home="$work" -cp "target/classes:$(cat classpath)" Probe 2>log | tee seen || { cat log; exit 1; }
diff seen - <<'EXPECTED'
in properties and in an item, at first: 20
in properties and in an item, later:    30
in properties alone:                    5
listened to as items that are not held: [client.rm.reportRetryCount, client.tm.rollbackRetryCount]
EXPECTED
