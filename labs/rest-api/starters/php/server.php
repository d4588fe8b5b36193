<?php
// Starts the built-in web server of PHP on HOST and PORT. exec replaces this process, so that signals reach the server.

$host = getenv('HOST') ?: '127.0.0.1';
$port = getenv('PORT') ?: '8000';
$arguments = ['-S', "$host:$port", __DIR__ . '/router.php'];

if (function_exists('pcntl_exec')) {
    pcntl_exec(PHP_BINARY, $arguments);
}
// Without pcntl it stays a process of its own below this one.
$server = proc_open([PHP_BINARY, ...$arguments], [STDIN, STDOUT, STDERR], $pipes);
exit(proc_close($server));
