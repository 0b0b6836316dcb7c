{{- /* Names. Everything of the operator is called rarity-leads.fullname; 47 characters leave room for suffixes. */}}
{{- define "rarity-leads.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 47 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 47 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 47 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "rarity-leads.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "rarity-leads.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.create is false: set serviceAccount.name" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "rarity-leads.metricsService" -}}
{{- printf "%s-external-metrics" (include "rarity-leads.fullname" .) -}}
{{- end -}}

{{- /* A metrics server runs: for the API server, for KEDA, or for both. */}}
{{- define "rarity-leads.servesMetrics" -}}
{{- if or .Values.externalMetrics.enabled .Values.externalMetrics.kedaAuthentication -}}yes{{- end -}}
{{- end -}}

{{- /* Policies of Platforms let pods in that are called rarity-operator. */}}
{{- define "rarity-leads.selectorLabels" -}}
app.kubernetes.io/name: rarity-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "rarity-leads.labels" -}}
{{ include "rarity-leads.selectorLabels" . }}
app.kubernetes.io/part-of: rarity-leads
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "rarity-leads.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository (default .Chart.AppVersion $image.tag) -}}
{{- end -}}
{{- end -}}

{{- /* What Pod Security "restricted" asks for, and a root file system nothing is written to. */}}
{{- define "rarity-leads.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "rarity-leads.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- /* A kind of ours is there: on a first installation the chart's own CRDs are not, while it is rendered. */}}
{{- define "rarity-leads.kindsKnown" -}}
{{- if .Capabilities.APIVersions.Has "rarityleads.io/v1alpha1/Platform" -}}yes{{- end -}}
{{- end -}}

{{- /* Rules generated from operator/src/api/rbac.ts. */}}
{{- define "rarity-leads.rules" -}}
{{- $all := .root.Files.Get "files/rules.yaml" | fromYaml -}}
{{- toYaml (required (printf "files/rules.yaml has no %s" .name) (index $all .name)) -}}
{{- end -}}
