<?php
// Starts PHP's own server on HOST and PORT, with several workers. For production put index.php behind PHP-FPM.

declare(strict_types=1);

$address = (getenv('HOST') ?: '127.0.0.1') . ':' . (getenv('PORT') ?: '8000');
putenv('PHP_CLI_SERVER_WORKERS=8');
putenv('SERVICE=' . ($argv[1] ?? 'gateway')); // which of the four processes this is
$command = [PHP_BINARY, '-d', 'display_errors=stderr', '-S', $address, __DIR__ . '/index.php'];
if (function_exists('pcntl_exec')) {
    pcntl_exec(array_shift($command), $command, getenv());
}
$server = proc_open($command, [STDIN, STDOUT, STDERR], $pipes);
exit(proc_close($server));
