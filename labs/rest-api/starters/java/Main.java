import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/**
 * The start of a REST API, with nothing but the JDK.
 *
 * It answers the health path and says 404 to the rest. Replace any of it: another framework, other files, another
 * language. The checks see only what goes over the wire.
 */
public class Main {
    public static void main(String[] args) throws IOException {
        String host = System.getenv().getOrDefault("HOST", "127.0.0.1");
        int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "8000"));
        // DATABASE_URL is in the environment too: you will need it from stage 2 on.
        HttpServer server = HttpServer.create(new InetSocketAddress(host, port), 128);
        server.createContext("/", Main::handle);
        server.setExecutor(Executors.newFixedThreadPool(16));
        server.start();
    }

    static void handle(HttpExchange exchange) throws IOException {
        String method = exchange.getRequestMethod();
        if (method.equals("GET") && exchange.getRequestURI().getPath().equals("/healthz")) {
            answer(exchange, 200, "{\"status\": \"ok\"}", "application/json");
        } else {
            problem(exchange, 404, "There is nothing here.");
        }
    }

    static void problem(HttpExchange exchange, int status, String title) throws IOException {
        String body = String.format("{\"title\": \"%s\", \"status\": %d}", title, status);
        answer(exchange, status, body, "application/problem+json");
    }

    static void answer(HttpExchange exchange, int status, String body, String mediaType) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", mediaType);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
