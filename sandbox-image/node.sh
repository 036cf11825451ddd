#!/bin/sh
# Puts Node.js and npm into a directory, from tarballs of the npm registry whose SHA-512 is known.
# Use: node.sh <registry> <directory>. A tarball in the current directory is used instead of a download.
set -eu
registry=$1 target=$2
node=24.21.0 npm=11.19.1

case $(uname -m) in
  x86_64) arch=x64 sum=de750bb336795f47dc898a46d2de93add029273027f3e16520d3fa3a2317ed5f07aefa404cf37ddfa5352e545e389ae22d16b87bcc84a900580a72f23cd02ced ;;
  aarch64) arch=arm64 sum=1692513c4cf63afbd32df8c83a5346158f492cf30a825e66f9de2819804b836e242759a6bcdd5997f1cf2601781c3689e752127afd65d5c459fc333e91e5d6e6 ;;
  *) echo "no Node.js package for $(uname -m)" >&2; exit 1 ;;
esac
npm_sum=cedb312b1b7f92421a02cfb68b4194e88f8346651dacd6acc5364a25ef5309d4a32b19616a1ff8aff865e7280c0fa5c0835a99f5cd93368991e2a80ec9da75d2

fetch() { # name, version, sha512
  file=$1-$2.tgz
  if [ ! -f "$file" ]; then
    if [ -s extra-ca.crt ]; then trust="--cacert extra-ca.crt"; else trust=; fi
    # shellcheck disable=SC2086
    curl --fail --silent --show-error --location --retry 3 $trust --output "$file" "$registry/$1/-/$file"
  fi
  echo "$3  $file" | sha512sum --check --quiet -
}

fetch "node-linux-$arch" "$node" "$sum"
fetch npm "$npm" "$npm_sum"
mkdir -p "$target/bin" "$target/lib/node_modules/npm"
tar -xzf "node-linux-$arch-$node.tgz" -C "$target" --strip-components=1 package/bin package/include
tar -xzf "npm-$npm.tgz" -C "$target/lib/node_modules/npm" --strip-components=1 \
  --exclude=package/man --exclude=package/docs --exclude='*.map'
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$target/bin/npm"
ln -s ../lib/node_modules/npm/bin/npx-cli.js "$target/bin/npx"
