{{- define "shop.name" -}}x{{- end -}}
