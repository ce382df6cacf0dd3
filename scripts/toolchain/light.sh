# shellcheck shell=bash
# What Pulumi's programs are built without: everything for clouds that we never ask. It is half of their compilation and of
# their size. Whole modules are left out by `replace` in pulumi/go.mod (see without/), and what Pulumi's own sources name
# of them here, in a copy of these sources. Where it is asked for, the programs say that they lack it.

# light_sources FOLDER: the changed copies of Pulumi's two modules, and a go.mod that leads to them. After find_go.
light_sources() {
  local library
  for library in pkg sdk; do
    copy_source "github.com/pulumi/pulumi/$library/v3" "$1/$library"
  done
  (
    cd "$1/pkg" || exit
    without_clouds
    without_cloud_commands
    # One stand-in serves for both modules of this name.
    change cmd/esc/cli/env_set.go 1 's,ccojocar/zxcvbn-go,nbutton23/zxcvbn-go,'
  )
  # Components that are written in Go: the half of the SDK for programs.
  rm "$1"/sdk/go/pulumi/provider/{component_provider,provider}.go
  cp "$HERE"/pulumi/go.{mod,sum} "$1"
  in_module pulumi mod edit -replace "github.com/pulumi/pulumi/pkg/v3=$1/pkg" \
    -replace "github.com/pulumi/pulumi/sdk/v3=$1/sdk" "$1/go.mod"
}

# copy_source MODULE FOLDER: without tests, which are most of it.
copy_source() {
  local library
  library=$(go_module_dir pulumi "$1")
  mkdir "$2"
  tar --create --directory "$library" --mode=u+w --exclude=testdata --exclude='*_test.go' . | tar --extract --directory "$2"
}

# Stores of state but files and PostgreSQL, keepers of secrets but passphrases, and `pulumi logs` of two clouds. The
# addresses of such stores are known as before, lest they be taken for ones of Pulumi's own service.
without_clouds() {
  change backend/diy/backend.go 11 '\,gocloud.dev/blob/(azure|gcs|s3)blob"|pkg/v3/authhelpers",d
    /^\tif p.Scheme == gcsblob.Scheme/,/^\t\}/d
    s/return (blob.DefaultURLMux\(\).ValidBucketScheme)/return strings.Contains(" azblob gs s3 ", " "+u.Scheme+" ") || \1/'
  change backend/diy/bucket.go 3 '\,aws-sdk-go-v2/service/s3,d; s/\*awss3\.CopyObjectInput/*struct{ CopySource *string }/'
  change secrets/cloud/manager.go 21 '\,gocloud.dev/secrets/|google.golang.org/api/cloudkms|pkg/v3/authhelpers",d
    /^\tcase gcpkms.Scheme:/,/^\tdefault:/{/^\tdefault:/!d}'
  change operations/resources.go 4 '/case "(aws|gcp)":|(AWS|GCP)OperationsProvider\(/d'
  rm -r authhelpers operations/operations_{aws,gcp}.go
}

# Commands that only Pulumi's own service answers. Of `pulumi api` remains what the others share with it.
without_cloud_commands() {
  change cmd/pulumi/pulumi.go 12 '\,cmd/pulumi/(cloud|deployment|env|insights|neo|org)",d
    /(cloud|deployment|cmdEnv|insights|neo|org)\.New[A-Za-z]*Cmd\(/d'
  change cmd/pulumi/cloud/envelope.go 1 '/\[\]ParamSpec/d'
  find cmd/pulumi/cloud -name '*.go' -not -name envelope.go -not -name resolve.go -delete
}

# change FILE LINES SCRIPT: a change by sed, which takes away or replaces exactly so many lines.
change() {
  sed --regexp-extended "$3" "$1" >"$1.changed"
  (($(diff "$1" "$1.changed" | grep -c '^<') == $2)) ||
    fail "Pulumi's $1 is another than light.sh was written for: look what is to be left out of it."
  mv "$1.changed" "$1"
}
