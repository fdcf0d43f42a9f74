{{/* Also the start of every pod name, hence of CALLPLANE_NODE, which may not hold a dot. */}}
{{- define "callplane.fullname" -}}
{{- $name := ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) (contains .Chart.Name .Release.Name) -}}
{{- $name | replace "." "-" | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "callplane.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "callplane.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end }}

{{/* Takes a dict: root, component. */}}
{{- define "callplane.selectorLabels" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "callplane.labels" -}}
{{ include "callplane.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{/* Takes a dict: root, app. */}}
{{- define "callplane.image" -}}
{{- printf "%s%s:%s" .root.Values.image.prefix .app (.root.Values.image.tag | default .root.Chart.AppVersion) -}}
{{- end }}

{{/* Names of the services that are on, as a JSON list. */}}
{{- define "callplane.enabled" -}}
{{- $names := list -}}
{{- range $name, $service := .Values.services -}}
{{- if ne (toString $service.enabled) "false" -}}
{{- $names = append $names $name -}}
{{- end -}}
{{- end -}}
{{- $names | toJson -}}
{{- end }}

{{- define "callplane.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "callplane.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* One variable out of a Secret. Takes a dict: variable, secret, key. */}}
{{- define "callplane.secretVariable" -}}
- name: {{ .variable }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret }}
      key: {{ .key }}
{{- end }}

{{/* Everything a service reads that is not in the ConfigMap. Takes a dict: root, app, service. */}}
{{- define "callplane.environment" -}}
{{- $secrets := .root.Values.secrets -}}
- name: CALLPLANE_NODE
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
{{ include "callplane.secretVariable" (dict "variable" "DATABASE_URL" "secret" $secrets.database.name "key" $secrets.database.key) }}
{{ include "callplane.secretVariable" (dict "variable" "CALLPLANE_SECRET" "secret" $secrets.platform.name "key" $secrets.platform.key) }}
{{- if and (eq .app "api") $secrets.jwt.name }}
{{ include "callplane.secretVariable" (dict "variable" "CALLPLANE_JWT_SECRET" "secret" $secrets.jwt.name "key" $secrets.jwt.key) }}
{{- end }}
{{- if .service.livekit }}
- name: LIVEKIT_URL
  value: {{ .root.Values.livekit.url | quote }}
{{ include "callplane.secretVariable" (dict "variable" "LIVEKIT_API_KEY" "secret" $secrets.livekit.name "key" $secrets.livekit.apiKey) }}
{{ include "callplane.secretVariable" (dict "variable" "LIVEKIT_API_SECRET" "secret" $secrets.livekit.name "key" $secrets.livekit.apiSecret) }}
{{- end }}
{{- range $variable, $value := .service.env }}
- name: {{ $variable }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
