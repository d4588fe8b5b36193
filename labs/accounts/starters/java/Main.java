// The start of an account service, with nothing but the JDK.
//
// It answers the health path and says 404 to the rest. Replace any of it: another framework, other files, another
// language. The checks see only what goes over the wire.

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

public class Main {
    public static void main(String[] args) throws IOException {
        String host = setting("HOST", "127.0.0.1");
        int port = Integer.parseInt(setting("PORT", "8000"));
        // BASE_URL, DATA_DIR, SMTP_HOST and SMTP_PORT are in the environment too; you will need them soon.

        HttpServer server = HttpServer.create(new InetSocketAddress(host, port), 128);
        server.setExecutor(Executors.newFixedThreadPool(32));
        server.createContext("/", Main::handle);
        server.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> server.stop(5))); // finish what has begun, then end
    }

    static void handle(HttpExchange exchange) throws IOException {
        if (exchange.getRequestURI().getPath().equals("/healthz")) {
            answer(exchange, 200, "application/json", "{\"status\": \"ok\"}");
        } else {
            problem(exchange, 404, "There is nothing here.");
        }
    }

    static void problem(HttpExchange exchange, int status, String title) throws IOException {
        answer(exchange, status, "application/problem+json",
                "{\"title\": \"" + title + "\", \"status\": " + status + "}");
    }

    static void answer(HttpExchange exchange, int status, String mediaType, String body) throws IOException {
        byte[] data = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", mediaType);
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, head ? -1 : data.length);
        if (!head) {
            exchange.getResponseBody().write(data);
        }
        exchange.close();
    }

    static String setting(String name, String otherwise) {
        String value = System.getenv(name);
        return value == null || value.isEmpty() ? otherwise : value;
    }
}
