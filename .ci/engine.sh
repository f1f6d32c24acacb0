# shellcheck shell=bash
# A Docker engine for .ci/run, with a Redis image that no registry was asked for.
# Sourced; needs: say, work (a folder of its own). The engine has its own folder and socket, so it
# meets no other engine, and nothing of it is left when it has stopped.

engine_pid=
engine_answers() { timeout 10 docker version --format '{{.Server.Version}}' 2>/dev/null; }

# Finds an engine or starts one. Afterwards DOCKER_HOST points to it. Returns 1 where none can be had.
engine_start() {
	if ! command -v docker >/dev/null; then
		say "no docker command"
		return 1
	fi
	local version
	if version=$(engine_answers); then
		say "a Docker engine answers already: $version. It is used, and left running"
		return 0
	fi
	if [ "$(id -u)" != 0 ] || ! command -v dockerd >/dev/null; then
		say "no Docker engine answers, and none can be started (no dockerd, or not root)"
		return 1
	fi
	engine_bridge_was_there=$([ -e /sys/class/net/docker0 ] && echo yes || echo no)
	mkdir "$work/engine"
	# No packet filter: containers reach this machine through published ports, and nothing else.
	setsid dockerd --iptables=false --ip6tables=false --ip-masq=false \
		--host "unix://$work/engine/docker.sock" --pidfile "$work/engine/pid" \
		--data-root "$work/engine/data" --exec-root "$work/engine/exec" \
		>"$work/dockerd.log" 2>&1 </dev/null &
	engine_pid=$!
	export DOCKER_HOST="unix://$work/engine/docker.sock"
	for _ in $(seq 150); do
		if version=$(engine_answers); then
			say "Docker engine $version started (pid $engine_pid)"
			return 0
		fi
		kill -0 "$engine_pid" 2>/dev/null || break
		sleep 0.2
	done
	say "the Docker engine did not start:"
	tail -5 "$work/dockerd.log"
	engine_stop
	return 1
}

# Makes an image of Debian's redis-server. Its name is not the official one's, because it is not that.
engine_image() {
	local version root program library
	version=$(redis-server --version | sed -n 's/.* v=\([^ ]*\).*/\1/p')
	REDIS_IMAGE="lock-starter-redis:debian-$version"
	if docker image inspect "$REDIS_IMAGE" >/dev/null 2>&1; then
		say "image $REDIS_IMAGE is there"
		return 0
	fi
	root="$work/image"
	mkdir -p "$root/usr/bin" "$root/data" "$root/tmp"
	chmod 1777 "$root/tmp"
	for program in redis-server redis-cli; do
		cp -L "$(command -v $program)" "$root/usr/bin/"
		ldd "$(command -v $program)" | grep -o '/[^ ]*' | while read -r library; do
			mkdir -p "$root$(dirname "$library")"
			cp -L "$library" "$root$library"
		done
	done
	# The entry point of the official image starts redis-server as well when it is given options only.
	tar -C "$root" -c . | docker import -c 'ENTRYPOINT ["/usr/bin/redis-server"]' -c 'WORKDIR /data' \
		-c 'EXPOSE 6379' - "$REDIS_IMAGE" >/dev/null
	rm -r "$root"
	say "image $REDIS_IMAGE made of Debian's redis-server"
}

# Stops the engine, if this script started it.
engine_stop() {
	[ -n "$engine_pid" ] || return 0
	local containers
	containers=$(timeout 20 docker ps -aq 2>/dev/null || true)
	if [ -n "$containers" ]; then
		say "containers left behind, now removed:"
		docker ps -a --format '{{.ID}} {{.Image}} {{.Status}}' || true
		# shellcheck disable=SC2086
		timeout 60 docker rm -f $containers >/dev/null || true
	fi
	kill -TERM "$engine_pid" 2>/dev/null || true
	for _ in $(seq 100); do
		kill -0 "$engine_pid" 2>/dev/null || break
		sleep 0.2
	done
	kill -KILL "$engine_pid" 2>/dev/null || true
	wait "$engine_pid" 2>/dev/null || true
	# What it mounts for its networks, and leaves mounted, could not be deleted.
	umount "$work"/engine/exec/netns/* 2>/dev/null || true
	if [ "$engine_bridge_was_there" = no ] && [ -e /sys/class/net/docker0 ] && command -v ip >/dev/null; then
		ip link delete docker0 || true
	fi
	say "Docker engine stopped (pid $engine_pid)"
	engine_pid=
	unset DOCKER_HOST
}
