// Package getter stands in for github.com/hashicorp/go-getter, with which the Terraform bridge downloads providers and
// modules, and which comes with the whole of two clouds' storage clients. Our one provider is a file on this machine.
package getter

import (
	"context"
	"errors"
	"io"
	"os"
)

var errLeftOut = errors.New("this Terraform bridge was built without downloads: it runs providers that are given by path")

// Detectors of what a source may be: none.
var Detectors []struct{}

// FolderStorage keeps downloaded modules.
type FolderStorage struct{ StorageDir string }

// ZipDecompressor unpacks a downloaded provider.
type ZipDecompressor struct{}

func Get(string, string) error                                             { return errLeftOut }
func Detect(string, string, []struct{}) (string, error)                    { return "", errLeftOut }
func SourceDirSubdir(source string) (string, string)                       { return source, "" }
func SubdirGlob(string, string) (string, error)                            { return "", errLeftOut }
func Copy(context.Context, io.Writer, io.Reader) (int64, error)            { return 0, errLeftOut }
func (FolderStorage) Get(string, string, bool) error                       { return errLeftOut }
func (FolderStorage) Dir(string) (string, bool, error)                     { return "", false, errLeftOut }
func (ZipDecompressor) Decompress(string, string, bool, os.FileMode) error { return errLeftOut }
