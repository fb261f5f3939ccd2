# The import id is WORKITEM_ID.
terraform import sailpoint_workitem_account_selection.jane 2c9180867a1f4c3d017a1f9b2e4d0501
