#!/usr/bin/env bash
# Install and start the real parts that `make test-all` uses, on Debian or Ubuntu: PostgreSQL, Redis,
# LibreOffice, Chromium and Chinese fonts. Safe to run again; works with and without systemd.
# 安装并启动 `make test-all` 所需的真实服务（Debian/Ubuntu），可重复执行。
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

packages=(
    postgresql redis-server chromium bubblewrap fonts-noto-cjk python3-uno libgssapi-krb5-2
    libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui
)

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi; }
as_postgres() { (cd / && as_root runuser -u postgres -- "$@"); }
installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
fail() { echo "services: $1" >&2; exit 1; }

command -v apt-get >/dev/null || fail "only Debian and Ubuntu are known here; install by hand: ${packages[*]}"

missing=()
for package in "${packages[@]}"; do installed "$package" || missing+=("$package"); done
if [ "${#missing[@]}" -gt 0 ]; then
    echo "Installing: ${missing[*]}"
    apt=(env LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 -o Acquire::Retries=3) # C.UTF-8: the new database cluster takes its encoding from here
    as_root "${apt[@]}" update >/dev/null
    as_root "${apt[@]}" install --no-install-recommends "${missing[@]}" >/dev/null
fi

# PostgreSQL: Debian's own cluster, listening on loopback.
cluster() { pg_lsclusters --no-header | sort -rn | head -n 1; }
if [ -z "$(cluster)" ]; then
    as_root pg_createcluster --locale C.UTF-8 --encoding UTF8 "$(ls /usr/lib/postgresql | sort -n | tail -n 1)" main
fi
read -r version name port status _ <<<"$(cluster)"
case "$status" in online*) ;; *) as_root pg_ctlcluster "$version" "$name" start ;; esac
for _ in $(seq 60); do pg_isready -q -h 127.0.0.1 -p "$port" && break; sleep 0.5; done
pg_isready -q -h 127.0.0.1 -p "$port" || fail "PostgreSQL $version/$name does not answer on port $port"
psql=(psql --quiet --no-psqlrc --tuples-only --no-align --port "$port" --dbname postgres)
if [ -z "$(as_postgres "${psql[@]}" -c "SELECT 1 FROM pg_roles WHERE rolname = 'erp'")" ]; then
    as_postgres "${psql[@]}" -c "CREATE ROLE erp"
fi
as_postgres "${psql[@]}" -c "ALTER ROLE erp LOGIN CREATEDB PASSWORD 'erp'"
if [ -z "$(as_postgres "${psql[@]}" -c "SELECT 1 FROM pg_database WHERE datname = 'erp'")" ]; then
    as_postgres "${psql[@]}" -c "CREATE DATABASE erp OWNER erp ENCODING 'UTF8' TEMPLATE template0"
fi

# Redis: in memory only, on loopback.
redis_up() { [ "$(redis-cli -h 127.0.0.1 -p 6379 ping 2>/dev/null)" = PONG ]; }
if ! redis_up; then
    if [ -d /run/systemd/system ]; then
        as_root systemctl start redis-server
    else
        redis-server --daemonize yes --bind 127.0.0.1 --port 6379 --save '' --appendonly no --dir /tmp >/dev/null
    fi
    for _ in $(seq 60); do redis_up && break; sleep 0.5; done
    redis_up || fail "Redis does not answer on port 6379"
fi

cat >.env.services <<ENV
TEST_POSTGRES_URL=postgres://erp:erp@127.0.0.1:$port/erp
TEST_REDIS_URL=redis://127.0.0.1:6379/0
ENV

echo "PostgreSQL  $(pg_lsclusters --no-header | sort -rn | head -n 1 | awk '{print $1 "/" $2}')"
echo "Redis       $(redis-server --version | sed 's/.*v=\([^ ]*\).*/\1/')"
echo "LibreOffice $(dpkg-query -W -f '${Version}' libreoffice-core-nogui)"
echo "Chromium    $(dpkg-query -W -f '${Version}' chromium)"
echo "Written to .env.services, which make test-all reads; for a shell of your own:"
sed 's/^/  export /' .env.services
