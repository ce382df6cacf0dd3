module webhoster/toolchain/without/zxcvbn-go

go 1.25.11
