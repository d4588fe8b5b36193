<?php
// Starts PHP's own server with HOST and PORT from the environment. Each worker serves one request at a time.

$address = (getenv('HOST') ?: '127.0.0.1') . ':' . (getenv('PORT') ?: '8000');
putenv('PHP_CLI_SERVER_WORKERS=' . (getenv('PHP_CLI_SERVER_WORKERS') ?: '8'));
$arguments = ['-S', $address, __DIR__ . '/router.php'];

if (function_exists('pcntl_exec')) {
    pcntl_exec(PHP_BINARY, $arguments, getenv());
}
// Without pcntl: as a child, which ends with this process's group.
$process = proc_open([PHP_BINARY, ...$arguments], [STDIN, STDOUT, STDERR], $pipes, __DIR__);
exit($process === false ? 1 : proc_close($process));
