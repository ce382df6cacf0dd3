<?php
// usage: php phpseclib_client.php HOST PORT USER PASSWORD FILE TARGET: sends a file, and runs a command that reads it.
require 'phpseclib3/autoload.php';
[, $host, $port, $user, $password, $file, $target] = $argv;
$client = new phpseclib3\Net\SFTP($host, (int) $port);
if (!$client->login($user, $password)) exit(1);
if (!$client->put($target, $file, phpseclib3\Net\SFTP::SOURCE_LOCAL_FILE)) exit(1);
echo $client->exec("cat $target");
