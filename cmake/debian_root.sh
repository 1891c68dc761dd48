# shellcheck shell=sh disable=SC2154
#
# Root file systems of other Debians, for check_gdal.sh and check_package.sh, which
# read this file. It uses their variables: suite, place (the folder of that
# Debian), root (place/root) and build (where the build goes, below the sources).

impossible()
{
    echo "Debian $suite was not checked: $1" >&2
    [ -n "${CI:-}" ] && exit 1
    exit 77
}

# The mirror that this machine's own packages come from.
mirror()
{
    [ -z "${RETILE_MIRROR:-}" ] || { echo "$RETILE_MIRROR"; return; }
    cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
        sed -n -e 's/^URIs: *\([^ ]*\/debian\)\/* *$/\1/p' \
            -e 's/^deb  *\(\[[^]]*\] *\)\{0,1\}\([^ ]*\/debian\)\/* .*/\2/p' |
        head -n 1
}

in_root()
{
    chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

# bare_root FOLDER: Debian's smallest system. What is in
# FOLDER/etc/dpkg/dpkg.cfg.d is heeded.
bare_root()
{
    from=$(mirror)
    [ -n "$from" ] || impossible "no mirror of Debian is configured"
    mkdir -p "$1/etc/dpkg/dpkg.cfg.d"
    # A root that a crash spoils is made again.
    echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/90-quick"
    debootstrap --variant=minbase "$suite" "$1" "$from" \
        >"$place/debootstrap.log" 2>&1 ||
        impossible "debootstrap fails, see $place/debootstrap.log"
    # sid's lists expire after a week, and mirrors may be older.
    echo 'Acquire::Check-Valid-Until "false";' \
        >"$1/etc/apt/apt.conf.d/90-any-age"
    cp /etc/resolv.conf "$1/etc/resolv.conf" 2>/dev/null || true
}

# Puts a root file system for building into $root. That name appears only when
# it is complete.
make_root()
{
    part=$place/part
    rm -rf "$part"
    # Nobody reads manuals in it.
    mkdir -p "$part/etc/dpkg/dpkg.cfg.d"
    printf '%s\n' 'path-exclude=/usr/share/doc/*' \
        'path-exclude=/usr/share/man/*' 'path-exclude=/usr/share/locale/*' \
        >"$part/etc/dpkg/dpkg.cfg.d/90-no-manuals"
    bare_root "$part"
    cp cmake/install_packages.sh "$part/root/"
    root=$part
    in_root sh /root/install_packages.sh build >"$place/packages.log" 2>&1 ||
        impossible "its packages cannot be installed, see $place/packages.log"
    in_root apt-get clean
    root=$place/root
    mv "$part" "$root"
}

# Ends with 77 if roots cannot be used here.
check_rights()
{
    [ "$(id -u)" -eq 0 ] || impossible "a chroot needs root's rights"
    command -v debootstrap >/dev/null || [ -d "$root" ] ||
        impossible "debootstrap is not installed"
}

# own_mounts SCRIPT ARGUMENT...: runs the script again in a namespace of its own.
# What it mounts, nobody else sees, and it is gone with the process, however
# that ends.
own_mounts()
{
    [ -z "${RETILE_OWN_MOUNTS:-}" ] || return 0
    unshare --mount true 2>/dev/null || impossible "nothing can be mounted here"
    RETILE_OWN_MOUNTS=1
    export RETILE_OWN_MOUNTS
    exec unshare --mount sh "$@"
}

# Mounts what programs in $root need.
mount_system()
{
    { mount -t proc proc "$root/proc" && mount --bind /dev "$root/dev"; } ||
        impossible "nothing can be mounted here"
}

# Mounts what a build needs, too.
mount_all()
{
    mkdir -p "$root/src" "$build"
    mount_system
    mount --bind "$PWD" "$root/src" || impossible "nothing can be mounted here"
}
