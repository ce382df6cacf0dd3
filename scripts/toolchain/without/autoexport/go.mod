module webhoster/toolchain/without/autoexport

go 1.25.11
