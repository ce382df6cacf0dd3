# From the three NoCloud files ($meta, $user, $network, as text) to the files that set this machine up: a stream of
# path, owner, mode and content, each ended by a NUL. Every value comes from outside and is checked here; whatever is
# unfit ends the program with a sentence, before anything was written.

def matches($pattern): type == "string" and test("\\A(?:" + $pattern + ")\\z");
# The value is in the message only cut and quoted, because the message goes to the console.
def must($pattern; $what): if matches($pattern) then . else error("\($what) is unfit: \(tojson[0:80])") end;
def must_secretly($pattern; $what): if matches($pattern) then . else error("\($what) is unfit") end;
def list: if . == null then [] else . end;

def octet: "(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])";
def ipv4: "\(octet)(?:\\.\(octet)){3}";
def subnet: "\(ipv4)/(?:3[0-2]|[12]?[0-9])";
def text: if type == "string" and (explode | all(. != 0)) then . else error("a file's content is no text without NULs") end;
def file($path; $owner; $mode; $content): {$path, $owner, $mode, content: ($content | text)};
def root_file($path; $content): file($path; "root:root"; "0644"; $content);
def lines: map(. + "\n") | add // "";

def hostname_files($name): ($name | must("[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"; "hostname")) |
  root_file("/etc/hostname"; "\(.)\n"),
  root_file("/etc/hosts"; "127.0.0.1 localhost\n127.0.1.1 \(.)\n::1 localhost ip6-localhost ip6-loopback\n");

def route_lines:
  ["[Route]", (select(.to | IN("default", "0.0.0.0/0") | not) | "Destination=" + (.to | must(subnet; "routes.to"))),
   "Gateway=" + (.via | must(ipv4; "routes.via"))];

def network_lines:
  ["[Match]", "MACAddress=" + (.match.macaddress | must("[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}"; "macaddress")),
   "[Network]", "DHCP=no", "IPv6AcceptRA=no", "LinkLocalAddressing=no", "LLMNR=no",
   (.addresses | list[] | "Address=" + must(subnet; "addresses"))]
  + (.routes | list | map(route_lines) | add // []);

def network_files:
  if .version == 2 and (.ethernets | type == "object") then . else error("network-config is not version 2 with ethernets") end |
  (.ethernets | to_entries[] | (.key | must("[a-z0-9]{1,15}"; "name of an ethernet")) as $name | .value |
    root_file("/etc/systemd/network/10-\($name).network"; network_lines | lines)),
  root_file("/etc/resolv.conf";
    [.ethernets[].nameservers.addresses | list[] | "nameserver " + must(ipv4; "nameservers")] | lines);

# One line each and a known type first, so that no key brings options or a second key along.
def key: must("(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-ssh-ed25519@openssh\\.com|sk-ecdsa-sha2-nistp256@openssh\\.com) [A-Za-z0-9+/]+={0,2}(?: [^\\x00-\\x1f\\x7f]*)?"; "ssh_authorized_keys");

def password: must_secretly("\\$[0-9a-z]+\\$[A-Za-z0-9./$=,]+"; "hashed_passwd");

def account_files:
  if (.users | type == "array" and length == 1) and .users[0].name == "ubuntu" then .users[0]
  else error("users is not one user with the name ubuntu") end |
  file("/home/ubuntu/.ssh/authorized_keys"; "ubuntu:ubuntu"; "0600"; .ssh_authorized_keys | list | map(key) | lines),
  (select(.hashed_passwd) | (if .lock_passwd == true then "!" else "" end) as $lock |
    file("/run/webhoster/password"; "root:root"; "0600"; "ubuntu:\($lock)\(.hashed_passwd | password)\n"));

def sshd_file:
  root_file("/etc/ssh/sshd_config.d/00-webhoster-init.conf";
    "PasswordAuthentication \(if .ssh_pwauth == true then "yes" else "no" end)\n");

def user_file:
  if .encoding or .append then error("write_files knows neither encoding nor append") else . end |
  (.path | must("(?:/(?!\\.{1,2}(?:/|\\z))[^/\\x00-\\x1f\\x7f]+)+"; "write_files.path")) as $path |
  (.owner // "root:root" | must("[a-z_][a-z0-9_-]{0,31}:[a-z_][a-z0-9_-]{0,31}"; "write_files.owner")) as $owner |
  (.permissions // "0644" | must("0?[0-7]{3}"; "write_files.permissions")) as $mode |
  file($path; $owner; $mode; .content // "");

def seed_file:
  select(. != null) |
  if .encoding == "base64" or .encoding == "b64" then . else error("random_seed.encoding is not base64") end |
  file("/run/webhoster/seed"; "root:root"; "0600"; .data | must("[A-Za-z0-9+/=\\n]*"; "random_seed.data"));

# As `ufw allow proto tcp from ADDRESS to any port PORT` writes them (ufw 0.36), so that ufw can show and change them.
def ufw_rule($address; $port):
  "### tuple ### allow tcp \($port) 0.0.0.0/0 any \($address) in",
  "-A ufw-user-input -p tcp --dport \($port) -s \($address) -j ACCEPT",
  "";

def ufw_rules($prefix; $rules):
  ["*filter",
   ("user-input", "user-output", "user-forward",
    "before-logging-input", "before-logging-output", "before-logging-forward",
    "user-logging-input", "user-logging-output", "user-logging-forward",
    "after-logging-input", "after-logging-output", "after-logging-forward",
    "logging-deny", "logging-allow", "user-limit", "user-limit-accept" | ":\($prefix)-\(.) - [0:0]"),
   "### RULES ###", "", $rules[], "### END RULES ###", "", "### LOGGING ###",
   ("input", "output", "forward" | "-I \($prefix)-user-logging-\(.) -j RETURN"),
   "### END LOGGING ###", "", "### RATE LIMITING ###",
   "-A \($prefix)-user-limit -j REJECT", "-A \($prefix)-user-limit-accept -j ACCEPT",
   "### END RATE LIMITING ###", "COMMIT"] | lines;

def proxies:
  (.webhoster.proxy_addresses | list | map(must(ipv4; "webhoster.proxy_addresses"))) |
  if . == [] then error("webhoster.proxy_addresses is empty, so nothing could reach this machine") else . end;

# For the day when the owner installs fail2ban: everybody comes from the proxy's address, and a ban of it would be one of all.
# ignoreip is where people look, and what guides have them replace in jail.local; the second file is read after that.
def fail2ban_files:
  (proxies | join(" ")) as $proxies |
  root_file("/etc/fail2ban/jail.d/webhoster.conf";
    "# All visitors, and SSH, come from these addresses: those of the proxy.\n[DEFAULT]\nignoreip = 127.0.0.1/8 ::1 \($proxies)\n"),
  root_file("/etc/fail2ban/jail.d/zz-webhoster.local";
    "# As webhoster.conf, also where jail.local has an ignoreip of its own.\n[DEFAULT]\nignorecommand = echo \($proxies) | grep -qwF -- <ip>\n");

def firewall_files:
  proxies as $proxies |
  file("/etc/ufw/user.rules"; "root:root"; "0640"; ufw_rules("ufw"; [$proxies[] | ufw_rule(.; 22, 80)])),
  file("/etc/ufw/user6.rules"; "root:root"; "0640"; ufw_rules("ufw6"; [])),
  root_file("/etc/ufw/ufw.conf"; "ENABLED=yes\nLOGLEVEL=off\n");

($meta | fromjson) as $meta |
($user | if startswith("#cloud-config") then . else error("user-data does not start with #cloud-config") end |
  sub("\\A[^\\n]*\\n"; "") | fromjson) as $user |
($network | fromjson) as $network |
[
  ($user | hostname_files(.hostname // $meta["local-hostname"])),
  ($network | network_files),
  ($user | account_files, sshd_file, (.random_seed | seed_file), firewall_files, fail2ban_files, (.write_files | list[] | user_file))
][] | .path, .owner, .mode, .content | ., "\u0000"
