{{- /* The operator's environment; operator/src/config.ts reads it. */}}
{{- define "rarity-leads.operatorEnv" -}}
- name: CLUSTER
  value: kubernetes
# Half the memory for little more processor time: young objects are collected sooner, and the C library
# keeps one pool for all threads and gives back what is free, pieces above 16 KB at once.
- name: NODE_OPTIONS
  value: --max-semi-space-size=2
- name: MALLOC_ARENA_MAX
  value: "1"
- name: MALLOC_TRIM_THRESHOLD_
  value: "131072"
- name: MALLOC_MMAP_THRESHOLD_
  value: "16384"
- name: HOST
  value: 0.0.0.0
- name: PORT
  value: "8080"
- name: LOG_LEVEL
  value: {{ .Values.operator.logLevel }}
- name: POD_NAME
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
- name: POD_NAMESPACE
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
- name: OPERATOR_VERSION
  value: {{ default .Chart.AppVersion .Values.image.tag | quote }}
- name: LEASE_NAME
  value: {{ include "rarity-leads.fullname" . }}
- name: DELETION_DEADLINE_SECONDS
  value: {{ .Values.operator.deletionDeadlineSeconds | quote }}
{{- with .Values.operator.watchNamespaces }}
- name: WATCH_NAMESPACES
  value: {{ join "," . }}
{{- end }}
{{- with .Values.operator.otlpEndpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ . }}
{{- end }}
{{- if include "rarity-leads.servesMetrics" . }}
- name: EXTERNAL_METRICS_PORT
  value: "9443"
- name: EXTERNAL_METRICS_SERVICE
  value: {{ include "rarity-leads.metricsService" . }}
- name: EXTERNAL_METRICS_REGISTER
  value: {{ .Values.externalMetrics.enabled | quote }}
{{- with .Values.externalMetrics.kedaAuthentication }}
- name: KEDA_AUTHENTICATION
  value: {{ . }}
{{- end }}
{{- end }}
{{- with .Values.operator.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
