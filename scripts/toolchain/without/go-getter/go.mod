module webhoster/toolchain/without/go-getter

go 1.25.11
