// The start of a blog, with nothing but the JDK.
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
        // DATA_DIR, OPENAI_BASE_URL and OPENAI_API_KEY are in the environment too: you will need them from stage 1 on.
        HttpServer server = HttpServer.create(new InetSocketAddress(host, port), 128);
        server.createContext("/", Main::serve);
        server.setExecutor(Executors.newCachedThreadPool());
        server.start();
    }

    static void serve(HttpExchange exchange) throws IOException {
        boolean get = exchange.getRequestMethod().equals("GET");
        if (get && exchange.getRequestURI().getPath().equals("/healthz")) {
            answer(exchange, 200, "{\"status\": \"ok\"}");
        } else {
            refuse(exchange, 404, "path", "not found");
        }
    }

    /** In Conduit's form. */
    static void refuse(HttpExchange exchange, int status, String what, String why) throws IOException {
        answer(exchange, status, "{\"errors\": {\"" + what + "\": [\"" + why + "\"]}}");
    }

    static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] data = body.getBytes(StandardCharsets.UTF_8);
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.getResponseHeaders().set("Content-Type", "application/json");
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
