<?php
// The start of a blog, with nothing but PHP.
//
// It answers the health path and says 404 to the rest. Replace any of it: another framework, other files, another
// language. The checks see only what goes over the wire.

declare(strict_types=1);

// DATA_DIR, OPENAI_BASE_URL and OPENAI_API_KEY are in the environment too, by getenv().
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);

if ($_SERVER['REQUEST_METHOD'] === 'GET' && $path === '/healthz') {
    answer(200, ['status' => 'ok']);
} else {
    refuse(404, 'path', 'not found');
}

// In Conduit's form.
function refuse(int $status, string $what, string $why): void
{
    answer($status, ['errors' => [$what => [$why]]]);
}

function answer(int $status, array $body): void
{
    http_response_code($status);
    header('Content-Type: application/json');
    echo json_encode($body, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
}
