<?php
// Starts the web server that comes with PHP at HOST and PORT, in place of this process.

$address = (getenv('HOST') ?: '127.0.0.1') . ':' . (getenv('PORT') ?: '8000');
$arguments = ['-S', $address, __DIR__ . '/router.php'];

if (function_exists('pcntl_exec')) {
    pcntl_exec(PHP_BINARY, $arguments);
}
// Without the pcntl extension: as a child, whose exit status is ours.
$child = proc_open([PHP_BINARY, ...$arguments], [STDIN, STDOUT, STDERR], $pipes);
exit($child === false ? 1 : proc_close($child));
