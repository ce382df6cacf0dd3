# Runs a command to which the kernel gives no socket of IPv6, as one that was booted with `ipv6.disable=1` (seccomp(2)).
use strict;
use warnings;

my ($prctl, $set_seccomp, $mode_filter) = (157, 22, 2);
my ($socket, $af_inet6) = (41, 10);
# Instructions of a filter: code, how many to skip where it is so, and where not, and a value.
my @filter = (
    [0x20, 0, 0, 0],             # the number of the system call,
    [0x15, 0, 3, $socket],       # which is socket(),
    [0x20, 0, 0, 16],            # and its first argument,
    [0x15, 0, 1, $af_inet6],     # which is AF_INET6:
    [0x06, 0, 0, 0x00050000 | 97], # EAFNOSUPPORT;
    [0x06, 0, 0, 0x7fff0000],    # all else is allowed.
);
my $instructions = join '', map { pack 'SCCL', @$_ } @filter;
my $program = pack 'Sx6P', scalar @filter, $instructions;
syscall($prctl, $set_seccomp, $mode_filter, $program, 0, 0) == 0 or die "seccomp: $!\n";
exec @ARGV or die "$ARGV[0]: $!\n";
