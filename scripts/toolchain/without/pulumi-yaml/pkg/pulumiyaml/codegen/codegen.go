// Package codegen stands in for the one of github.com/pulumi/pulumi-yaml, with which the Terraform bridge can translate
// the examples in a provider's documentation to YAML, and which comes with an interpreter for it. Our programs are
// TypeScript.
package codegen

import (
	"errors"

	"github.com/hashicorp/hcl/v2"
	"github.com/pulumi/pulumi/pkg/v3/codegen/pcl"
)

func GenerateProgram(*pcl.Program) (map[string][]byte, hcl.Diagnostics, error) {
	return nil, nil, errors.New("this Terraform bridge was built without YAML")
}
