<?php
// The start of a shop, with nothing but PHP.
//
// It answers the health path and says 404 to the rest. Replace any of it: another framework, other files, another
// language. The checks see only what goes over the wire.
//
// DATA_DIR, PAYMENTS_URL, PAYMENTS_KEY and PAYMENTS_WEBHOOK_SECRET are in the environment too: getenv('DATA_DIR').

declare(strict_types=1);

function answer(int $status, array $body, string $type = 'application/json'): void
{
    http_response_code($status);
    header("Content-Type: $type");
    echo json_encode($body, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
}

function problem(int $status, string $title): void
{
    answer($status, ['title' => $title, 'status' => $status], 'application/problem+json');
}

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);

if ($_SERVER['REQUEST_METHOD'] === 'GET' && $path === '/healthz') {
    answer(200, ['status' => 'ok']);
} else {
    problem(404, 'There is nothing here.');
}
