"""What the AWS CLI prints about security groups, network ACLs and Network Firewall."""
