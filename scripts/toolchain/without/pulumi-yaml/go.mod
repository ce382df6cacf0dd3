module webhoster/toolchain/without/pulumi-yaml

go 1.25.11
