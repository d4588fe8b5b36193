<?php
// The start of a REST API, with nothing but PHP.
//
// It answers the health path and says 404 to the rest. Replace any of it: another framework, other files, another
// language. The checks see only what goes over the wire.

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
// DATABASE_URL is in the environment too: you will need it from stage 2 on.

if ($_SERVER['REQUEST_METHOD'] === 'GET' && $path === '/healthz') {
    answer(200, ['status' => 'ok']);
} else {
    problem(404, 'There is nothing here.');
}

function problem(int $status, string $title): void
{
    answer($status, ['title' => $title, 'status' => $status], 'application/problem+json');
}

function answer(int $status, array $body, string $type = 'application/json'): void
{
    http_response_code($status);
    header("Content-Type: $type");
    echo json_encode($body);
}
