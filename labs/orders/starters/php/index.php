<?php
// The start of a shop of four processes, with nothing but PHP.
//
// Each process runs it with its own name. It answers the health path and says 404 to the rest. Replace any of it:
// another framework, other files, another language. The checks see only what goes over the wire.

declare(strict_types=1);

// DATA_DIR, PART_URL_STOCK (and so on), and REDIS_URL or RABBITMQ_URL are in the environment too (getenv).

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path === '/healthz') {
    answer(200, ['status' => 'ok']);
} else {
    problem(404, 'There is nothing here.');
}

function answer(int $status, array $body, string $type = 'application/json'): void
{
    http_response_code($status);
    header("Content-Type: $type");
    echo json_encode($body, JSON_THROW_ON_ERROR);
}

function problem(int $status, string $title): void
{
    answer($status, ['title' => $title, 'status' => $status], 'application/problem+json');
}
