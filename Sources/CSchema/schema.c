#include "schema.h"

// The folder sql/ is carried inside the binary, so that the program is one file that can be moved.
// Each file is named twice: where it is embedded, and where it stands in the order of installation.

static const char self_sql[] = {
#embed "../../sql/01_self.sql" suffix(, )
    0};
static const char neighbour_sql[] = {
#embed "../../sql/02_neighbour.sql" suffix(, )
    0};
static const char relation_sql[] = {
#embed "../../sql/03_relation.sql" suffix(, )
    0};
static const char event_sql[] = {
#embed "../../sql/04_event.sql" suffix(, )
    0};
static const char key_sql[] = {
#embed "../../sql/05_key.sql" suffix(, )
    0};
static const char owner_code_sql[] = {
#embed "../../sql/05_owner_code.sql" suffix(, )
    0};
static const char object_sql[] = {
#embed "../../sql/05_object.sql" suffix(, )
    0};
static const char capture_sql[] = {
#embed "../../sql/05_capture.sql" suffix(, )
    0};
static const char attach_sql[] = {
#embed "../../sql/06_attach.sql" suffix(, )
    0};
static const char quarantine_sql[] = {
#embed "../../sql/07_quarantine.sql" suffix(, )
    0};
static const char sequence_sql[] = {
#embed "../../sql/07_sequence.sql" suffix(, )
    0};
static const char sequence_number_sql[] = {
#embed "../../sql/07_sequence_number.sql" suffix(, )
    0};
static const char member_sql[] = {
#embed "../../sql/08_member.sql" suffix(, )
    0};
static const char pause_sql[] = {
#embed "../../sql/09_pause.sql" suffix(, )
    0};
static const char policy_sql[] = {
#embed "../../sql/09_policy.sql" suffix(, )
    0};
static const char filter_sql[] = {
#embed "../../sql/09_filter.sql" suffix(, )
    0};
static const char filter_columns_sql[] = {
#embed "../../sql/09_filter_columns.sql" suffix(, )
    0};
static const char filter_values_sql[] = {
#embed "../../sql/09_filter_values.sql" suffix(, )
    0};
static const char filter_refusal_sql[] = {
#embed "../../sql/09_filter_refusal.sql" suffix(, )
    0};
static const char filter_set_sql[] = {
#embed "../../sql/09_filter_set.sql" suffix(, )
    0};
static const char conflict_sql[] = {
#embed "../../sql/10_conflict.sql" suffix(, )
    0};
static const char horizon_sql[] = {
#embed "../../sql/11_horizon.sql" suffix(, )
    0};
static const char level_sql[] = {
#embed "../../sql/11_level.sql" suffix(, )
    0};
static const char log_sql[] = {
#embed "../../sql/11_log.sql" suffix(, )
    0};
static const char compact_sql[] = {
#embed "../../sql/11_compact.sql" suffix(, )
    0};
static const char purge_sql[] = {
#embed "../../sql/11_purge.sql" suffix(, )
    0};
static const char capture_state_sql[] = {
#embed "../../sql/12_capture_state.sql" suffix(, )
    0};
static const char verify_sql[] = {
#embed "../../sql/12_verify.sql" suffix(, )
    0};
static const char shape_sql[] = {
#embed "../../sql/13_shape.sql" suffix(, )
    0};
static const char staging_sql[] = {
#embed "../../sql/14_staging.sql" suffix(, )
    0};
static const char columns_sql[] = {
#embed "../../sql/15_columns.sql" suffix(, )
    0};
static const char kept_sql[] = {
#embed "../../sql/15_kept.sql" suffix(, )
    0};
static const char restore_sql[] = {
#embed "../../sql/16_restore.sql" suffix(, )
    0};
static const char prune_sql[] = {
#embed "../../sql/17_prune.sql" suffix(, )
    0};
static const char number_sql[] = {
#embed "../../sql/18_number.sql" suffix(, )
    0};
static const char rejoin_sql[] = {
#embed "../../sql/19_rejoin.sql" suffix(, )
    0};
static const char statement_sql[] = {
#embed "../../sql/20_statement.sql" suffix(, )
    0};
static const char follow_key_sql[] = {
#embed "../../sql/21_follow_key.sql" suffix(, )
    0};
static const char follow_sql[] = {
#embed "../../sql/22_follow.sql" suffix(, )
    0};
static const char follow_all_sql[] = {
#embed "../../sql/22_follow_all.sql" suffix(, )
    0};
static const char ddl_text_sql[] = {
#embed "../../sql/23_ddl_text.sql" suffix(, )
    0};
static const char ddl_object_sql[] = {
#embed "../../sql/24_ddl_object.sql" suffix(, )
    0};
static const char object_column_sql[] = {
#embed "../../sql/25_object_column.sql" suffix(, )
    0};
static const char ddl_log_sql[] = {
#embed "../../sql/25_ddl_log.sql" suffix(, )
    0};
static const char ddl_follow_sql[] = {
#embed "../../sql/26_ddl_follow.sql" suffix(, )
    0};
static const char ddl_capture_sql[] = {
#embed "../../sql/27_ddl_capture.sql" suffix(, )
    0};
static const char ddl_make_sql[] = {
#embed "../../sql/28_ddl_make.sql" suffix(, )
    0};
static const char definition_sql[] = {
#embed "../../sql/29_definition.sql" suffix(, )
    0};
static const char carry_out_sql[] = {
#embed "../../sql/30_carry_out.sql" suffix(, )
    0};
static const char keep_rows_sql[] = {
#embed "../../sql/31_keep_rows.sql" suffix(, )
    0};
static const char object_content_sql[] = {
#embed "../../sql/32_object_content.sql" suffix(, )
    0};
static const char object_owner_sql[] = {
#embed "../../sql/32_object_owner.sql" suffix(, )
    0};
static const char object_use_sql[] = {
#embed "../../sql/33_object_use.sql" suffix(, )
    0};
static const char object_digest_sql[] = {
#embed "../../sql/34_object_digest.sql" suffix(, )
    0};
static const char object_sweep_sql[] = {
#embed "../../sql/35_object_sweep.sql" suffix(, )
    0};
static const char glance_sql[] = {
#embed "../../sql/36_glance.sql" suffix(, )
    0};
static const char clone_sql[] = {
#embed "../../sql/37_clone.sql" suffix(, )
    0};
static const char graft_sql[] = {
#embed "../../sql/38_graft.sql" suffix(, )
    0};
static const char graft_tell_sql[] = {
#embed "../../sql/39_graft_tell.sql" suffix(, )
    0};
static const char stand_in_sql[] = {
#embed "../../sql/40_stand_in.sql" suffix(, )
    0};

static const struct schema_file schema_files[] = {
    {"01_self.sql", self_sql},         {"02_neighbour.sql", neighbour_sql},
    {"03_relation.sql", relation_sql}, {"04_event.sql", event_sql},
    {"05_key.sql", key_sql},           {"05_owner_code.sql", owner_code_sql},
    {"05_object.sql", object_sql},     {"05_capture.sql", capture_sql},
    {"06_attach.sql", attach_sql},     {"07_quarantine.sql", quarantine_sql},
    {"07_sequence.sql", sequence_sql},
    {"07_sequence_number.sql", sequence_number_sql}, {"08_member.sql", member_sql},
    {"09_pause.sql", pause_sql},       {"09_policy.sql", policy_sql},
    {"09_filter.sql", filter_sql},
    {"09_filter_columns.sql", filter_columns_sql},
    {"09_filter_values.sql", filter_values_sql},
    {"09_filter_refusal.sql", filter_refusal_sql},
    {"09_filter_set.sql", filter_set_sql},
    {"10_conflict.sql", conflict_sql}, {"11_horizon.sql", horizon_sql},
    {"11_level.sql", level_sql},
    {"11_log.sql", log_sql},           {"11_compact.sql", compact_sql},
    {"11_purge.sql", purge_sql},
    {"12_capture_state.sql", capture_state_sql},
    {"12_verify.sql", verify_sql},
    {"13_shape.sql", shape_sql},       {"14_staging.sql", staging_sql},
    {"15_columns.sql", columns_sql},   {"15_kept.sql", kept_sql},
    {"16_restore.sql", restore_sql},   {"17_prune.sql", prune_sql},
    {"18_number.sql", number_sql},     {"19_rejoin.sql", rejoin_sql},
    {"20_statement.sql", statement_sql},
    {"21_follow_key.sql", follow_key_sql},
    {"22_follow.sql", follow_sql},
    {"22_follow_all.sql", follow_all_sql},
    {"23_ddl_text.sql", ddl_text_sql},
    {"24_ddl_object.sql", ddl_object_sql},
    {"25_ddl_log.sql", ddl_log_sql},
    {"25_object_column.sql", object_column_sql},
    {"26_ddl_follow.sql", ddl_follow_sql},
    {"27_ddl_capture.sql", ddl_capture_sql},
    {"28_ddl_make.sql", ddl_make_sql},
    {"29_definition.sql", definition_sql},
    {"30_carry_out.sql", carry_out_sql},
    {"31_keep_rows.sql", keep_rows_sql},
    {"32_object_content.sql", object_content_sql},
    {"32_object_owner.sql", object_owner_sql},
    {"33_object_use.sql", object_use_sql},
    {"34_object_digest.sql", object_digest_sql},
    {"35_object_sweep.sql", object_sweep_sql},
    {"36_glance.sql", glance_sql},     {"37_clone.sql", clone_sql},
    {"38_graft.sql", graft_sql},       {"39_graft_tell.sql", graft_tell_sql},
    {"40_stand_in.sql", stand_in_sql},
};
const int schema_file_count = sizeof schema_files / sizeof *schema_files;

const struct schema_file *schema_files_start(void) { return schema_files; }
