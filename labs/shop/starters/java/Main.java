import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Executors;

/**
 * The start of a shop, with nothing but the JDK.
 *
 * It answers the health path and says 404 to the rest. Replace any of it: another framework, other files, another
 * language. The checks see only what goes over the wire.
 */
public class Main {
    // DATA_DIR, PAYMENTS_URL, PAYMENTS_KEY and PAYMENTS_WEBHOOK_SECRET are in the environment too.
    static final Map<String, String> SETTINGS = System.getenv();

    public static void main(String[] arguments) throws IOException {
        String host = SETTINGS.getOrDefault("HOST", "127.0.0.1");
        int port = Integer.parseInt(SETTINGS.getOrDefault("PORT", "8000"));
        HttpServer server = HttpServer.create(new InetSocketAddress(host, port), 128);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", Main::handle);
        server.start();
    }

    static void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            String path = exchange.getRequestURI().getPath();
            if (exchange.getRequestMethod().equals("GET") && path.equals("/healthz")) {
                answer(exchange, 200, "application/json", "{\"status\": \"ok\"}");
            } else {
                problem(exchange, 404, "There is nothing here.");
            }
        }
    }

    static void problem(HttpExchange exchange, int status, String title) throws IOException {
        String body = "{\"title\": \"" + title + "\", \"status\": " + status + "}";
        answer(exchange, status, "application/problem+json", body);
    }

    static void answer(HttpExchange exchange, int status, String type, String body) throws IOException {
        byte[] data = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, data.length);
        exchange.getResponseBody().write(data);
    }
}
