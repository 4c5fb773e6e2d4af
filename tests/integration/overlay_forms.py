"""Overlays that people write, and overlays that reach for more.

The project has the directories `conf` and `app`, the file `secret.env`, and the links `link`, which leads out
of it, and `inner-link`, which does not. For those that name them there are a directory `sockets` with the
socket `agent`, and a directory `engine` with `inner/docker.sock`.
"""

from __future__ import annotations


def added(settings: str, *, more: str = "") -> str:
    """Return an overlay that adds the service `tool` with `settings`, and whatever else it declares."""
    return f"services:\n  tool:\n    image: busybox\n    {settings}\n{more}"


def own(settings: str, service: str = "temporal") -> str:
    """Return an overlay that changes a service of the stack."""
    return f"services:\n  {service}:\n    {settings}\n"


BIND = "volumes: [{{type: bind, source: {source}, target: /x{options}}}]"


def bind(source: str, options: str = "") -> str:
    """Return an overlay whose service mounts `source`."""
    return added(BIND.format(source=source, options=options))


def volume(options: str) -> str:
    """Return an overlay with a volume that has options of its driver."""
    return added("volumes: ['vol:/x']", more=f"volumes: {{vol: {{driver_opts: {{{options}}}}}}}\n")


# Nobody has to ask for these.
HARMLESS = {
    "a named image": added("restart: unless-stopped"),
    "literal environment": added("environment: {A: b, DATE: 2024-01-01, MODE: 0755, DOLLAR: 'a$$b'}"),
    "a list of environment": added("environment: ['A=b', 'C=d']"),
    "command and entrypoint": added(
        "entrypoint: [sh, -c]\n    command: ['echo $$HOME']\n    working_dir: /tmp"
    ),
    "a loopback port": added("ports: ['127.0.0.1:6379:6379']"),
    "an IPv6 loopback port": added("ports: ['[::1]:6379:6379']"),
    "a long loopback port": added("ports: [{target: 80, published: '8080', host_ip: 127.0.0.1}]"),
    "a named volume": added("volumes: ['data:/data']", more="volumes: {data: }\n"),
    "an anonymous volume": added("volumes: [/data]"),
    "a volume with the usual driver": added("volumes: ['vol:/d']", more="volumes: {vol: {driver: local}}\n"),
    "a read-only directory of the project": added("volumes: ['./conf:/conf:ro']"),
    "a read-only file of the project": added("volumes: ['./conf/app.conf:/etc/app.conf:ro']"),
    "the project, read-only": added("volumes: ['.:/src:ro']"),
    "a mount by the variable PWD": added("volumes: ['${PWD}/conf:/conf:ro']"),
    "a mount for SELinux": added("volumes: ['./conf:/conf:ro,z']"),
    "a tmpfs": added("tmpfs: [/tmp, '/run:size=1m']"),
    "a long tmpfs": added("volumes: [{type: tmpfs, target: /x, tmpfs: {size: 1000}}]"),
    "a healthcheck": added("healthcheck: {test: [CMD, 'true'], interval: 5s, start_interval: 1s}"),
    "waiting for the server": added("depends_on: {temporal: {condition: service_healthy}}"),
    "waiting in short": added("depends_on: [temporal, postgres]"),
    "limits": added("mem_limit: 64m\n    cpus: 0.5\n    pids_limit: 50"),
    "limits as Swarm has them": added("deploy: {resources: {limits: {cpus: '0.5', memory: 64M, pids: 9}}}"),
    "limits of open files": added("ulimits: {nofile: {soft: 1024, hard: 2048}}"),
    "labels": added("labels: {team: checkout}"),
    "a user": added("user: '1000:1000'"),
    "a variable with a default": added("environment: {TAG: '${UNSET_HERE:-7}'}"),
    "variables of the stack": added("environment: {PORT: '${GRPC_PORT}', STACK: '${STACK_NAME}'}"),
    "its own hardening": added(
        "cap_drop: [ALL]\n    security_opt: ['no-new-privileges:true']\n    read_only: true"
    ),
    "a log of limited size": added("logging: {driver: json-file, options: {max-size: 1m, max-file: '2'}}"),
    "the host by its usual name": added("extra_hosts: ['host.docker.internal:host-gateway']"),
    "a build from the project": "services: {tool: {build: ./app}}\n",
    "a build as new-service writes it": (
        "services:\n  orders-go:\n    image: orders-go\n"
        "    build: {context: app, args: {GO_IMAGE: '${GO_IMAGE_UNSET:-golang:1.26}'}}\n"
    ),
    "what to watch": added("develop: {watch: [{path: ./app, action: rebuild}]}"),
    "a config of the project": added(
        "configs: [{source: c, target: /etc/c}]", more="configs: {c: {file: ./conf/app.conf}}\n"
    ),
    "a config with its text": added("configs: [c]", more="configs: {c: {content: 'a = 1'}}\n"),
    "a secret of the project": added("secrets: [s]", more="secrets: {s: {file: ./conf/app.conf}}\n"),
    "a service of the same file": (
        "services:\n  base: {image: busybox}\n  tool: {extends: base, environment: {A: b}}\n"
    ),
    "anchors": "x-env: &env {A: b}\nservices: {tool: {image: busybox, environment: {<<: *env, C: d}}}\n",
    "an old version line": f"version: '3.8'\n{added('init: true')}",
    "nothing": "services: {}\n",
    "environment of the server": own("environment: {GOMAXPROCS: '2'}"),
    "more memory for the server": own("mem_limit: 3g"),
    "a command of the database": own("command: !override [-c, max_connections=200]", "postgres"),
    "the port of the server on another loopback address": own("ports: ['[::1]:${GRPC_PORT}:7233']"),
    "another loopback port of the database": own("ports: ['127.0.0.1:15432:5432']", "postgres"),
    "more settings of the database": own(
        "command: [-c, wal_level=logical, -c, work_mem=8MB, -c, jit=off, -c, log_statement=all]", "postgres"
    ),
    "the healthcheck of the server less often": own("healthcheck: {interval: 60s, retries: 9}"),
    "no healthcheck of the server": own("healthcheck: {disable: true}"),
    "the pages of the Web UI": own("environment: {TEMPORAL_NAV_COLLAPSED_BY_DEFAULT: 'true'}", "ui"),
    "a volume in memory": added("volumes: ['vol:/x']", more="volumes: {vol: {labels: {a: b}}}\n"),
    "a label of the server": own("labels: {team: checkout}"),
    "the server waits for more": (
        "services:\n  tool: {image: busybox}\n"
        "  temporal: {depends_on: {tool: {condition: service_started}}}\n"
    ),
}

# Each needs trust, and says so in a sentence that holds the words.
NEEDS_TRUST = {
    "all capabilities": (added("cap_add: [ALL]"), "more rights in the kernel"),
    "one capability": (added("cap_add: [SYS_ADMIN]"), "SYS_ADMIN"),
    "no seccomp": (added("security_opt: ['seccomp:unconfined']"), "seccomp:unconfined"),
    "no AppArmor": (added("security_opt: ['apparmor:unconfined']"), "apparmor:unconfined"),
    "no SELinux": (added("security_opt: ['label:disable']"), "label:disable"),
    "rules for devices": (added("device_cgroup_rules: ['c 1:1 rwm']"), "c 1:1 rwm"),
    "a device": (added("devices: ['/dev/kvm:/dev/kvm']"), "/dev/kvm"),
    "the network of the host": (added("network_mode: host"), "the network of this machine"),
    "the network of a container": (added("network_mode: 'container:other'"), "container:other"),
    "the processes of the host": (added("pid: host"), "the processes of this machine"),
    "the processes of a container": (added("pid: 'container:other'"), "container:other"),
    "the memory of the host": (added("ipc: host"), "this machine"),
    "the host name of the host": (added("uts: host"), "this machine"),
    "the users of the host": (added("userns_mode: host"), "the users of this machine"),
    "the control group of the host": (added("cgroup: host"), "control group"),
    "another control group": (added("cgroup_parent: /system.slice"), "/system.slice"),
    "another runtime": (added("runtime: crun"), "crun"),
    "a name of its own": (added("container_name: theirs"), "theirs"),
    "kernel settings": (added("sysctls: {net.ipv4.ip_forward: '1'}"), "ip_forward"),
    "other name servers": (added("dns: [192.0.2.1]"), "192.0.2.1"),
    "more groups": (added("group_add: [docker]"), "docker"),
    "never ended": (added("oom_kill_disable: true"), "want of memory"),
    "ended last": (added("oom_score_adj: -1000"), "-1000"),
    "mounts of another container": (added("volumes_from: ['container:other']"), "other"),
    "mounts of the database": (added("volumes_from: [postgres]"), "postgres"),
    "links outside": (added("external_links: ['other:db']"), "other:db"),
    "a log sent away": (
        added("logging: {driver: syslog, options: {syslog-address: 'tcp://192.0.2.1:514'}}"),
        "sends its log elsewhere",
    ),
    "a log to a fluent daemon": (added("logging: {driver: fluentd}"), "sends its log elsewhere"),
    "a log with a tag from an option": (
        added("logging: {driver: json-file, options: {labels-regex: '.*'}}"),
        "sends its log elsewhere",
    ),
    "GPUs": (
        added("deploy: {resources: {reservations: {devices: [{capabilities: [gpu]}]}}}"),
        "devices of this machine",
    ),
    "a port on all addresses": (added("ports: ['8080:80']"), "8080 to the whole network"),
    "a port on all addresses, said": (added("ports: ['0.0.0.0:8080:80']"), "8080 to the whole network"),
    "a port on an address of the network": (added("ports: ['192.0.2.7:8080:80']"), "192.0.2.7"),
    "a port that is chosen": (added("ports: ['80']"), "80 to the whole network"),
    "a long port": (added("ports: [{target: 80, published: '8080'}]"), "8080 to the whole network"),
    "a port in host mode": (
        added("ports: [{target: 80, published: '8080', mode: host}]"),
        "to the whole network",
    ),
    "an address that only looks like loopback": (added("ports: ['127.0.0.1.nip.io:1:1']"), ""),
    "the project to write": (added("volumes: ['.:/src']"), "writes to . of the project"),
    "a directory to write": (added("volumes: ['./conf:/conf']"), "writes to ./conf"),
    "a swapped link": (
        added("volumes: ['.:/p']", more="  b: {image: busybox, volumes: ['./conf:/x:ro']}\n"),
        "can replace ./conf by a link",
    ),
    "a directory that is not there": (added("volumes: ['./nowhere:/x:ro']"), "makes the directory ./nowhere"),
    "mounts that spread": (bind("./conf", ", read_only: true, bind: {propagation: rshared}"), "propagation"),
    "the data of the database": (added("volumes: ['postgres-data:/x']"), "the stack's own data"),
    "the data of the search": (added("volumes: ['opensearch-data:/x:ro']"), "the stack's own data"),
    "the volume of another stack": (
        added("volumes: ['vol:/x']", more="volumes: {vol: {name: other_postgres-data}}\n"),
        "other_postgres-data",
    ),
    "an external volume": (
        added("volumes: ['vol:/x']", more="volumes: {vol: {external: true, name: theirs}}\n"),
        "theirs",
    ),
    "our volume by another name": ("volumes: {postgres-data: {name: theirs}}\n", "theirs"),
    "a volume of a plugin": (added("volumes: ['vol:/x']", more="volumes: {vol: {driver: sshfs}}\n"), "sshfs"),
    "a volume over the network": (
        added(
            "volumes: ['vol:/x']",
            more="volumes: {vol: {driver_opts: {type: nfs, o: addr=192.0.2.1, device: ':/x'}}}\n",
        ),
        "192.0.2.1",
    ),
    "the host's network by name": (
        added("networks: [outer]", more="networks: {outer: {external: true, name: host}}\n"),
        "another network",
    ),
    "our network is the host's": (
        "networks: {default: {external: true, name: host}}\n",
        "the stack's network",
    ),
    "the bridge of others": ("networks: {default: {name: bridge, external: true}}\n", "the stack's network"),
    "a network of a driver": (
        added("networks: [lan]", more="networks: {lan: {driver: macvlan, driver_opts: {parent: eth0}}}\n"),
        "macvlan",
    ),
    "a name in the network that hides the database": (
        added("networks: {default: {aliases: [postgres]}}"),
        "place in the network",
    ),
    "a variable of the shell": (added("environment: {S: '${SECRET_OF_THE_SHELL}'}"), "SECRET_OF_THE_SHELL"),
    "a variable without braces": (added("command: ['$SECRET_OF_THE_SHELL']"), "SECRET_OF_THE_SHELL"),
    "a variable in a default": (
        added("environment: {S: '${NOT_SET:-$SECRET_OF_THE_SHELL}'}"),
        "SECRET_OF_THE_SHELL",
    ),
    "a variable in the image": (added("hostname: '${SECRET_OF_THE_SHELL}'"), "SECRET_OF_THE_SHELL"),
    "a variable passed on": (added("environment: [SECRET_OF_THE_SHELL]"), "SECRET_OF_THE_SHELL"),
    "a variable passed on in a mapping": (
        added("environment: {SECRET_OF_THE_SHELL: }"),
        "SECRET_OF_THE_SHELL",
    ),
    "a variable behind an escape of YAML": (
        added('environment: {S: "\\x24{SECRET_OF_THE_SHELL}"}'),
        "SECRET_OF_THE_SHELL",
    ),
    "a variable for a build": (
        "services: {tool: {build: {context: app, args: [SECRET_OF_THE_SHELL]}}}\n",
        "SECRET_OF_THE_SHELL",
    ),
    "a secret from the shell": (
        added("secrets: [s]", more="secrets: {s: {environment: SECRET_OF_THE_SHELL}}\n"),
        "SECRET_OF_THE_SHELL",
    ),
    "the password of the database": (
        added("environment: {P: '${POSTGRES_PASSWORD}'}"),
        "the password of the stack's database",
    ),
    "the password in a command": (
        added("command: ['x${POSTGRES_PASSWORD}x']"),
        "the password of the stack's database",
    ),
    "a file for the environment": (added("env_file: secret.env"), "all that secret.env holds"),
    "files for the environment": (added("env_file: [{path: secret.env}]"), "all that secret.env holds"),
    "a build from elsewhere": (
        "services: {tool: {build: 'https://example.com/x.git'}}\n",
        "https://example.com/x.git",
    ),
    "a build with the SSH agent": ("services: {tool: {build: {context: app, ssh: [default]}}}\n", "ssh"),
    "a build on the host's network": (
        "services: {tool: {build: {context: app, network: host}}}\n",
        "network",
    ),
    "a build that writes a cache": (
        "services: {tool: {build: {context: app, cache_to: ['type=local,dest=/tmp/x']}}}\n",
        "cache_to",
    ),
    "a build with other contexts": (
        "services: {tool: {build: {context: app, additional_contexts: {x: 'https://example.com/x.git'}}}}\n",
        "additional_contexts",
    ),
    "a build that takes a name": ("services: {tool: {image: 'postgres:17', build: app}}\n", "postgres:17"),
    "a build that takes names": ("services: {tool: {build: {context: app, tags: ['redis:7']}}}\n", "redis:7"),
    "a build whenever it starts": (
        "services: {tool: {build: app, pull_policy: build}}\n",
        "fetches or builds",
    ),
    "reset capabilities": (own("cap_drop: !reset []"), "its rights in the kernel"),
    "reset confinement": (own("security_opt: !reset []"), "its confinement"),
    "other confinement": (own("security_opt: !override ['seccomp:unconfined']"), "its confinement"),
    "a writable server": (own("read_only: false"), "its read-only file system"),
    "root in the database": (own("user: '0:0'", "postgres"), "its user"),
    "no init process": (own("init: false"), "its init process"),
    "another log": (own("logging: !override {driver: none}"), "the limits of its log"),
    "another image": (own("image: 'example.com/temporal:1'"), "its image"),
    "capabilities for the server": (own("cap_add: [NET_ADMIN]"), "NET_ADMIN"),
    "the server on all addresses": (own("ports: !override ['7233:7233']"), "no longer publishes"),
    "the server also on all addresses": (own("ports: ['17233:7233']"), "17233 to the whole network"),
    "no port of the server": (own("ports: !reset []"), "no longer publishes"),
    "a mount for the server": (own("volumes: ['./conf:/x:ro']"), "what it mounts"),
    "the server waits for nothing": (own("depends_on: !reset {}"), "no longer waits"),
    "no server": ("services: {temporal: !reset null}\n", ""),
    "a server that is left out": (own("profiles: [never]", "ui"), "loses its service ui"),
    "a build of the server": (own("build: ./app"), "build"),
    "another program in the Web UI": (
        own("command: [env, 'TEMPORAL_CORS_UNSAFE_ALLOW_ALL_ORIGINS=true', ./start-ui-server.sh]", "ui"),
        "guards it against pages of others",
    ),
    "another entrypoint of the Web UI": (
        own("entrypoint: [env, 'TEMPORAL_CORS_UNSAFE_ALLOW_ALL_ORIGINS=true', ./start-ui-server.sh]", "ui"),
        "runs another program",
    ),
    "settings in a variable of the Web UI": (
        own('environment: {TEMPORAL_FEEDBACK_URL: "x\\ncors: {unsafeAllowAllOrigins: true}"}', "ui"),
        "guards it against pages of others",
    ),
    "a command in a variable of the Web UI": (
        own("environment: {BASH_ENV: '$$(echo x)'}", "ui"),
        "made to run another program",
    ),
    "another command of the server": (
        own("command: [sh, -c, 'exec temporal-server start']"),
        "another command",
    ),
    "another command of the search": (own("command: [sh, -c, 'exit 1']", "opensearch"), "another command"),
    "a program of the database": (
        own("command: [-c, 'archive_command=cp %p /x', -c, archive_mode=on]", "postgres"),
        "another command",
    ),
    "a library of the database": (
        own("command: [-c, shared_preload_libraries=x]", "postgres"),
        "another command",
    ),
    "a shell in the database": (own("command: [sh, -c, 'env']", "postgres"), "another command"),
    "a database for everybody": (
        own("environment: {POSTGRES_HOST_AUTH_METHOD: trust}", "postgres"),
        "whom to let in",
    ),
    "a check that runs a command": (
        own("healthcheck: {test: [CMD-SHELL, 'echo $$POSTGRES_PASSWORD']}", "postgres"),
        "another command run in it",
    ),
    "another command of a job": (own("command: [env]", "sql-schema"), "another command"),
    "a directory with a socket": (added("volumes: ['./sockets:/x:ro']"), "holds a socket"),
    "a socket": (added("volumes: ['./sockets/agent:/x:ro']"), "a socket, pipe or device"),
    "a secret that is a socket": (
        added("secrets: [s]", more="secrets: {s: {file: ./sockets/agent}}\n"),
        "a socket, pipe or device",
    ),
    "a config that is a directory with a socket": (
        added("configs: [c]", more="configs: {c: {file: ./sockets}}\n"),
        "holds a socket",
    ),
    "a swapped secret": (
        added("volumes: ['.:/p']\n    secrets: [s]", more="secrets: {s: {file: ./conf/app.conf}}\n"),
        "have the secret s hold any place",
    ),
    "a swapped build": (
        added("volumes: ['.:/p']", more="  b: {build: ./app}\n"),
        "have the build of b read any place",
    ),
    "a volume in memory with options": (
        added("volumes: ['vol:/x']", more="volumes: {vol: {driver_opts: {type: tmpfs, device: tmpfs}}}\n"),
        "tmpfs",
    ),
    "a user interface for other pages": (
        own("environment: {TEMPORAL_CORS_ORIGINS: 'https://evil.example'}", "ui"),
        "TEMPORAL_CORS_ORIGINS",
    ),
    "a container of the server's network": (own("network_mode: host"), ""),
    "another working directory": (own("working_dir: /"), "working_dir"),
    "another entry point": (own("entrypoint: [sh]"), "another program"),
}

# Trust does not help: each is exit 3, with the words.
REFUSED = {
    "privileged mode": (added("privileged: true"), "privileged mode"),
    "privileged mode of the server": (own("privileged: true"), "privileged mode"),
    "privileged mode by an anchor": (
        "x-p: &p {privileged: true}\nservices: {tool: {image: busybox, <<: *p}}\n",
        "privileged mode",
    ),
    "privileged mode by a variable": (added("privileged: '${UNSET_HERE:-true}'"), "privileged mode"),
    "the Docker socket": (added("volumes: ['/var/run/docker.sock:/var/run/docker.sock']"), "Docker socket"),
    "the Docker socket, read-only": (added("volumes: ['/var/run/docker.sock:/s:ro']"), "Docker socket"),
    "the Docker socket by its directory": (added("volumes: ['/var/run:/host-run:ro']"), ""),
    "the Docker socket by a path with dots": (
        added("volumes: ['/var/../var/run/docker.sock:/s']"),
        "Docker socket",
    ),
    "the root": (added("volumes: ['/:/host']"), ""),
    "the parent": (added("volumes: ['..:/x']"), "outside the project"),
    "the parent by a detour": (added("volumes: ['./conf/../..:/x']"), "outside the project"),
    "the home": (added("volumes: ['~/.ssh:/x:ro']"), "~/.ssh from outside the project"),
    "the home by a variable": (added("volumes: ['${HOME}/.ssh:/x:ro']"), "outside the project"),
    "a path from a variable": (added("volumes: ['${UNSET_HERE:-/etc}:/x']"), "/etc from outside the project"),
    "a path behind an escape of YAML": (added('volumes: ["\\x2fetc:/x"]'), "/etc from outside the project"),
    "a long mount": (bind("/etc"), "/etc from outside the project"),
    "a mount of the server": (own("volumes: ['/etc:/x:ro']"), "/etc from outside the project"),
    "a link out of the project": (added("volumes: ['./link:/x:ro']"), "symbolic link link"),
    "below a link": (added("volumes: ['./link/inner:/x:ro']"), "symbolic link link"),
    "a link inside the project": (added("volumes: ['./inner-link:/x:ro']"), "symbolic link inner-link"),
    "a volume that is a bind mount": (
        added(
            "volumes: ['vol:/x']", more="volumes: {vol: {driver_opts: {type: none, o: bind, device: /etc}}}\n"
        ),
        "mounts /etc of this machine",
    ),
    "a volume over host directories": (
        added(
            "volumes: ['vol:/x']",
            more="volumes: {vol: {driver_opts: {type: overlay, device: overlay, "
            "o: 'lowerdir=/etc,upperdir=/a,workdir=/b'}}}\n",
        ),
        "mounts /etc from outside",
    ),
    "our volume is a bind mount": (
        "volumes: {postgres-data: {driver_opts: {type: none, o: bind, device: /etc}}}\n",
        "mounts /etc of this machine",
    ),
    "a bind mount that says to be nfs": (
        volume("type: nfs, o: bind, device: /etc"),
        "mounts /etc of this machine",
    ),
    "a bind mount among options": (
        volume("type: nfs, o: 'addr=192.0.2.1,rw,RBIND', device: /etc"),
        "mounts /etc of this machine",
    ),
    "a bind mount of the project": (
        volume("type: none, o: 'rbind,ro', device: '${PWD}/conf'"),
        "a service can mount",
    ),
    "a bind mount of somewhere": (volume("o: bind, device: etc"), "mounts etc of this machine"),
    "a device by a relative path": (
        volume("type: none, device: ../etc"),
        "mounts ../etc, which is not where the project is",
    ),
    "a disk of this machine": (volume("type: ext4, device: /dev/sda1"), "/dev/sda1 from outside"),
    "a directory that says to be remote": (volume("type: cifs, device: /etc"), "/etc from outside"),
    "a secret that is the Docker socket": (
        added("secrets: [s]", more="secrets: {s: {file: ./docker.sock}}\n"),
        "the Docker socket",
    ),
    "a config that is the Docker socket": (
        added("configs: [c]", more="configs: {c: {file: ./docker.sock}}\n"),
        "the Docker socket",
    ),
    "a directory with a Docker socket": (added("volumes: ['./engine:/x:ro']"), "the Docker socket"),
    "a config that is a directory with a Docker socket": (
        added("configs: [c]", more="configs: {c: {file: ./engine}}\n"),
        "the Docker socket",
    ),
    "the port of the server": (added("ports: ['127.0.0.1:${GRPC_PORT}:7233']"), "the stack's own"),
    "the port of the server on the Web UI": (
        own("ports: ['[::1]:${GRPC_PORT}:8080']", "ui"),
        "the stack's own",
    ),
    "the port of the Web UI": (
        added("ports: [{target: 80, published: '${UI_PORT}', host_ip: 127.0.0.2}]"),
        "the stack's own",
    ),
    "a range around the port of the server": (
        added("ports: [{target: 80, published: '7200-7300', host_ip: 127.0.0.1}]"),
        "the stack's own",
    ),
    "a secret from outside": (
        added("secrets: [s]", more="secrets: {s: {file: /etc/shadow}}\n"),
        "/etc/shadow from outside",
    ),
    "a config from outside": (
        added("configs: [c]", more="configs: {c: {file: ../outside/x}}\n"),
        "from outside",
    ),
    "a secret through a link": (
        added("secrets: [s]", more="secrets: {s: {file: ./link/x}}\n"),
        "symbolic link",
    ),
    "a file for the environment from outside": (added("env_file: /etc/passwd"), "outside the project"),
    "a file for the environment from above": (added("env_file: ../outside/x"), "outside the project"),
    "a file for the environment by a link": (added("env_file: ./link/x"), "symbolic link"),
    "a file for the environment by a variable": (added("env_file: '${HOME}/x'"), "without variables"),
    "a file for labels": (added("label_file: secret.env"), "label_file"),
    "an included file": ("include: [other.yaml]\n", "include"),
    "an included repository": ("include: ['https://example.com/x.git']\n", "include"),
    "an included artifact": ("include: ['oci://example.com/x:1']\n", "include"),
    "an include that only some readers see": (
        'services: {}\n# x\u2028include: ["https://example.com/x.git"]\n',
        "",
    ),
    "a service of another file": (
        "services: {tool: {extends: {file: other.yaml, service: x}}}\n",
        "extends brings in another file",
    ),
    "a service of a repository": (
        "services: {tool: {extends: {file: 'https://example.com/x.git', service: x}}}\n",
        "extends brings in another file",
    ),
    "a program on this machine": (
        "services: {tool: {provider: {type: ./evil.sh, options: {a: b}}}}\n",
        "runs a program on this machine",
    ),
    "a hook with privileges": (added("post_start: [{command: ['true'], privileged: true, user: root}]"), ""),
    "the socket of the API": (added("use_api_socket: true"), ""),
    "a build from outside": ("services: {tool: {build: ../outside}}\n", "outside the project"),
    "a Dockerfile from outside": (
        "services: {tool: {build: {context: app, dockerfile: ../../outside/Dockerfile}}}\n",
        "outside the project",
    ),
    "a build through a link": ("services: {tool: {build: ./link}}\n", "symbolic link"),
    "a build with a context from outside": (
        "services: {tool: {build: {context: app, additional_contexts: {x: ../outside}}}}\n",
        "outside the project",
    ),
    "a build in privileged mode": (
        "services: {tool: {build: {context: app, privileged: true}}}\n",
        "privileged mode",
    ),
    "the name of another project": ("name: other\nservices: {}\n", "name of a stack"),
    "our label": (added("labels: {dev.temporal-devenv.stack: other}"), "dev.temporal-devenv.stack"),
    "our label on the server": (own("labels: {dev.temporal-devenv.owner: '0'}"), "dev.temporal-devenv.owner"),
    "the label of Compose": (
        added("labels: ['com.docker.compose.project=other']"),
        "com.docker.compose.project",
    ),
    "our label on a volume": (
        added("volumes: ['vol:/x']", more="volumes: {vol: {labels: {dev.temporal-devenv.stack: other}}}\n"),
        "dev.temporal-devenv.stack",
    ),
    "no Compose file": ("[]\n", "a Compose file holds"),
    "two documents": ("services: {}\n---\nservices: {tool: {privileged: true}}\n", "one document"),
    "an unknown tag": ("services: {tool: !evil {}}\n", "!evil"),
}
